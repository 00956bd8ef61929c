package vn.hoso.core

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import android.system.Os
import android.system.OsConstants
import java.io.File
import java.math.BigInteger
import java.security.GeneralSecurityException
import java.security.KeyPairGenerator
import java.security.KeyStore.getInstance
import java.security.PrivateKey
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * The keys of one account in Android Keystore. The P-256 key never leaves the hardware; the key of the account's file is random
 * and lies, wrapped by a hardware key, in the app's private storage, which has to be excluded from backups. Not run on a device yet.
 */
class AndroidKeyStore(context: Context, account: String) : KeyStore {
    private val signing = "hoso-$account-sign"
    private val wrapping = "hoso-$account-wrap"
    private val wrapped = File(context.noBackupFilesDir, "hoso-$account.key")
    private val system = getInstance("AndroidKeyStore").apply { load(null) }

    override fun publicKey(): ByteArray = told {
        if (!system.containsAlias(signing)) make()
        val point = (system.getCertificate(signing).publicKey as ECPublicKey).w
        bytes(point.affineX) + bytes(point.affineY)
    }

    override fun sign(message: ByteArray): ByteArray = told {
        val key = system.getKey(signing, null) as? PrivateKey ?: throw KeyException.Gone()
        plain(Signature.getInstance("SHA256withECDSA").run { initSign(key); update(message); sign() })
    }

    override fun storageKey(): ByteArray = told {
        if (wrapped.exists()) unwrap(wrapped.readBytes()) else wrapNew()
    }

    override fun forget() = told {
        if (wrapped.exists() && !wrapped.delete()) throw KeyException.Failed("the key's file cannot be deleted")
        flushFolder()
        listOf(signing, wrapping).filter(system::containsAlias).forEach(system::deleteEntry)
    }

    private fun make() {
        val asked = KeyGenParameterSpec.Builder(signing, KeyProperties.PURPOSE_SIGN)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_SHA256)
            .build()
        KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, "AndroidKeyStore").run {
            initialize(asked)
            generateKeyPair()
        }
    }

    private fun wrapNew(): ByteArray {
        val asked = KeyGenParameterSpec.Builder(wrapping, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
            .build()
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, "AndroidKeyStore").run { init(asked); generateKey() }
        val fresh = ByteArray(32).also(SecureRandom()::nextBytes)
        val cipher = cipher().apply { init(Cipher.ENCRYPT_MODE, system.getKey(wrapping, null)) }
        val beside = File(wrapped.path + ".new")
        beside.outputStream().use {
            it.write(cipher.iv + cipher.doFinal(fresh))
            it.fd.sync()
        }
        if (!beside.renameTo(wrapped)) throw KeyException.Failed("the key's file cannot be moved to its place")
        // Before anything is written with this key, its name must outlive a power cut too.
        flushFolder()
        return fresh
    }

    private fun flushFolder() {
        val folder = Os.open(wrapped.parent!!, OsConstants.O_RDONLY, 0)
        try {
            Os.fsync(folder)
        } finally {
            Os.close(folder)
        }
    }

    private fun unwrap(kept: ByteArray): ByteArray {
        val key = system.getKey(wrapping, null) as? SecretKey ?: throw KeyException.Gone()
        val nonce = GCMParameterSpec(128, kept, 0, 12)
        return cipher().run { init(Cipher.DECRYPT_MODE, key, nonce); doFinal(kept, 12, kept.size - 12) }
    }

    private fun cipher() = Cipher.getInstance("AES/GCM/NoPadding")

    /** 32 bytes of a coordinate. */
    private fun bytes(number: BigInteger): ByteArray {
        val all = number.toByteArray().dropWhile { it == 0.toByte() }.toByteArray()
        return ByteArray(32 - all.size) + all
    }

    /** r and s, out of DER's sequence of two integers. */
    private fun plain(der: ByteArray): ByteArray {
        fun integer(at: Int) = BigInteger(der.copyOfRange(at + 2, at + 2 + der[at + 1])) to at + 2 + der[at + 1]
        val (r, next) = integer(2)
        return bytes(r) + bytes(integer(next).first)
    }

    private fun <T> told(work: () -> T): T = try {
        work()
    } catch (locked: UserNotAuthenticatedException) {
        throw KeyException.Locked()
    } catch (gone: KeyPermanentlyInvalidatedException) {
        throw KeyException.Gone()
    } catch (failed: GeneralSecurityException) {
        throw KeyException.Failed(failed.javaClass.simpleName)
    }
}
