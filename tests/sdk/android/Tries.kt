// Uses the library's key store for Android as an app would, over a stand-in of the hardware.

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.UserNotAuthenticatedException
import android.system.Os
import androidx.work.WorkerParameters
import java.io.File
import java.io.InputStream
import java.io.OutputStream
import java.math.BigInteger
import java.security.AlgorithmParameters
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.Signature
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import java.util.Collections
import java.util.Date
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec
import kotlinx.coroutines.runBlocking
import vn.hoso.core.*

/** What the hardware holds: pairs to sign with, and keys that wrap. */
object Hardware {
    val pairs = HashMap<String, KeyPair>()
    val secrets = HashMap<String, SecretKey>()
    var locked = false
}

class Kept : KeyStoreSpi() {
    override fun engineGetKey(alias: String, password: CharArray?): Key? {
        if (Hardware.locked) throw UserNotAuthenticatedException()
        return Hardware.pairs[alias]?.private ?: Hardware.secrets[alias]
    }
    override fun engineGetCertificate(alias: String) = Hardware.pairs[alias]?.let { Bare(it.public) }
    override fun engineContainsAlias(alias: String) = alias in Hardware.pairs || alias in Hardware.secrets
    override fun engineDeleteEntry(alias: String) {
        Hardware.pairs.remove(alias)
        Hardware.secrets.remove(alias)
    }
    override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
    override fun engineAliases() = Collections.enumeration(Hardware.pairs.keys + Hardware.secrets.keys)
    override fun engineSize() = Hardware.pairs.size + Hardware.secrets.size
    override fun engineIsKeyEntry(alias: String) = engineContainsAlias(alias)
    override fun engineIsCertificateEntry(alias: String) = false
    override fun engineGetCertificateChain(alias: String) = null
    override fun engineGetCertificateAlias(cert: Certificate) = null
    override fun engineGetCreationDate(alias: String): Date? = null
    override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = error("not run")
    override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = error("not run")
    override fun engineSetCertificateEntry(alias: String, cert: Certificate) = error("not run")
    override fun engineStore(stream: OutputStream?, password: CharArray?) = error("not run")
}

/** A certificate of which only the key is asked. */
class Bare(private val key: PublicKey) : Certificate("bare") {
    override fun getPublicKey() = key
    override fun getEncoded() = error("not run")
    override fun verify(key: PublicKey) = error("not run")
    override fun verify(key: PublicKey, provider: String) = error("not run")
    override fun toString() = "bare"
}

class Pairs : KeyPairGeneratorSpi() {
    private lateinit var asked: KeyGenParameterSpec
    override fun initialize(params: AlgorithmParameterSpec, random: SecureRandom?) { asked = params as KeyGenParameterSpec }
    override fun initialize(size: Int, random: SecureRandom?) = error("not run")
    override fun generateKeyPair(): KeyPair = KeyPairGenerator.getInstance("EC", "SunEC").run {
        initialize(asked.algorithmParameterSpec)
        generateKeyPair()
    }.also { Hardware.pairs[asked.keystoreAlias] = it }
}

class Secrets : KeyGeneratorSpi() {
    private lateinit var asked: KeyGenParameterSpec
    override fun engineInit(params: AlgorithmParameterSpec, random: SecureRandom?) { asked = params as KeyGenParameterSpec }
    override fun engineInit(random: SecureRandom?) = error("not run")
    override fun engineInit(size: Int, random: SecureRandom?) = error("not run")
    override fun engineGenerateKey(): SecretKey = SecretKeySpec(ByteArray(32).also(SecureRandom()::nextBytes), "AES")
        .also { Hardware.secrets[asked.keystoreAlias] = it }
}

class StandIn : Provider("AndroidKeyStore", "1", "a stand-in of a phone's hardware") {
    init {
        put("KeyStore.AndroidKeyStore", Kept::class.java.name)
        put("KeyPairGenerator.EC", Pairs::class.java.name)
        put("KeyGenerator.AES", Secrets::class.java.name)
    }
}

class NoNetwork : HttpTransport {
    override suspend fun request(request: HttpRequest): HttpResponse = throw TransportException.Offline()
}

inline fun <reified E : Throwable> fails(work: () -> Unit) = check(runCatching(work).exceptionOrNull() is E)

/** The public key of two coordinates. */
fun point(xy: ByteArray): PublicKey {
    val (x, y) = listOf(xy.copyOf(32), xy.copyOfRange(32, 64)).map { BigInteger(1, it) }
    val curve = AlgorithmParameters.getInstance("EC").run {
        init(ECGenParameterSpec("secp256r1"))
        getParameterSpec(ECParameterSpec::class.java)
    }
    return KeyFactory.getInstance("EC").generatePublic(ECPublicKeySpec(ECPoint(x, y), curve))
}

fun main(arguments: Array<String>) {
    Security.addProvider(StandIn())
    val folder = File(arguments[0])
    val context = object : Context() { override val noBackupFilesDir = folder }
    fun keys(account: String) = AndroidKeyStore(context, account)

    // Coordinates and signatures keep their length, also those few that begin with zeros.
    repeat(600) { n ->
        val keys = keys("many")
        val public = keys.publicKey()
        check(public.size == 64 && public.contentEquals(keys("many").publicKey()))
        val message = "Nguyễn Văn Ví Dụ $n".toByteArray()
        val signed = keys.sign(message)
        check(signed.size == 64)
        val verifier = Signature.getInstance("SHA256withECDSAinP1363Format")
        verifier.initVerify(point(public))
        verifier.update(message)
        check(verifier.verify(signed))
        keys.forget()
        fails<KeyException.Gone> { keys.sign(message) }
    }

    check(Os.flushed.size == 600 && Os.isAllClosed())
    Os.flushed.clear()

    // The account's file is opened again by another run of the app, and by no other account.
    val core = Core(File(folder, "data").path, Language.ENGLISH, NoNetwork(), null)
    val me = core.citizen("me", keys("me"), null)
    val dossier = me.newDraft("2.000635")
    me.close()
    core.citizen("me", keys("me"), null).use { check(it.list().cards.single().dossier == dossier) }
    fails<CoreException> { core.citizen("me", keys("other"), null) }
    check(Os.flushed == listOf(folder.path, folder.path) && Os.isAllClosed())
    check(!keys("me").storageKey().contentEquals(keys("other").storageKey()))

    // Work in the background finds the core paused and leaves it so, unless somebody came meanwhile.
    val other = core.citizen("other", keys("other"), null)
    val awake = Awake(core)
    awake.enter()
    awake.leave()
    awake.leave()
    fails<CoreException.Storage> { other.list() }
    val worker = SyncWorker(context, WorkerParameters())
    fun work() = runBlocking { worker.doWork().toString() }
    check(work() == "retry")
    SyncWorker.awake = awake
    SyncWorker.session = { other }
    check(work() == "failure") { "nobody is signed in" }
    fails<CoreException.Storage> { other.list() }
    SyncWorker.session = { other.also { awake.enter() } }
    check(work() == "failure" && other.list().cards.isEmpty())
    awake.leave()
    fails<CoreException.Storage> { other.list() }
    SyncWorker.session = { throw CoreException.Storage(ErrorView("storage_busy", "", ErrorKind.RETRYABLE, listOf(), null)) }
    check(work() == "retry")

    // A phone that is locked, and one whose keys were made invalid.
    Hardware.locked = true
    fails<KeyException.Locked> { keys("me").storageKey() }
    fails<KeyException.Locked> { keys("me").sign(ByteArray(1)) }
    Hardware.locked = false
    Hardware.secrets.clear()
    fails<KeyException.Gone> { keys("me").storageKey() }
    println("it holds")
}
