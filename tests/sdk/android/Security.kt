// What the library's sources use of Android Keystore, as its documentation has it (API level 26). The hardware itself is Java's
// own provider, which keeps no key back.
package android.security.keystore

import java.security.InvalidKeyException
import java.security.spec.AlgorithmParameterSpec

class UserNotAuthenticatedException : InvalidKeyException()

class KeyPermanentlyInvalidatedException : InvalidKeyException()

object KeyProperties {
    const val PURPOSE_ENCRYPT = 1
    const val PURPOSE_DECRYPT = 2
    const val PURPOSE_SIGN = 4
    const val KEY_ALGORITHM_AES = "AES"
    const val KEY_ALGORITHM_EC = "EC"
    const val BLOCK_MODE_GCM = "GCM"
    const val ENCRYPTION_PADDING_NONE = "NoPadding"
    const val DIGEST_SHA256 = "SHA-256"
}

class KeyGenParameterSpec private constructor(
    val keystoreAlias: String,
    val purposes: Int,
    val algorithmParameterSpec: AlgorithmParameterSpec?,
) : AlgorithmParameterSpec {
    class Builder(private val alias: String, private val purposes: Int) {
        private var curve: AlgorithmParameterSpec? = null

        fun setAlgorithmParameterSpec(spec: AlgorithmParameterSpec) = apply { curve = spec }
        fun setDigests(vararg digests: String) = apply { check(digests.toList() == listOf(KeyProperties.DIGEST_SHA256)) }
        fun setBlockModes(vararg modes: String) = apply { check(modes.toList() == listOf(KeyProperties.BLOCK_MODE_GCM)) }
        fun setEncryptionPaddings(vararg paddings: String) =
            apply { check(paddings.toList() == listOf(KeyProperties.ENCRYPTION_PADDING_NONE)) }
        fun setKeySize(bits: Int) = apply { check(bits == 256) }
        fun build() = KeyGenParameterSpec(alias, purposes, curve)
    }
}
