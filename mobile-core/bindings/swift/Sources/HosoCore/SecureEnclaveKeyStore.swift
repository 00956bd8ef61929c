#if canImport(Security)
import Foundation
import Security

/// The keys of one account: a P-256 key in the Secure Enclave, which it never leaves, and the key of the account's file in the
/// Keychain, for this device only and readable after the first unlock, so that background work can synchronise. Not run on a
/// device yet.
public final class SecureEnclaveKeyStore: KeyStore, @unchecked Sendable {
    private let signing: Data
    private let storage: String

    public init(account: String) {
        signing = Data("hoso-\(account)-sign".utf8)
        storage = "hoso-\(account)-storage"
    }

    public func publicKey() throws -> Data {
        guard let open = SecKeyCopyPublicKey(try key() ?? make()),
            let point = SecKeyCopyExternalRepresentation(open, nil) as Data?, point.count == 65
        else { throw KeyError.Failed(reason: "no public key") }
        // The first byte of an uncompressed point only says that it is one.
        return point.dropFirst()
    }

    public func sign(message: Data) throws -> Data {
        guard let key = try key() else { throw KeyError.Gone }
        var failed: Unmanaged<CFError>?
        let made = SecKeyCreateSignature(key, .ecdsaSignatureMessageX962SHA256, message as CFData, &failed)
        guard let signed = made as Data? else {
            let code = failed.map { CFErrorGetCode($0.takeRetainedValue()) } ?? 0
            throw code == Int(errSecInteractionNotAllowed) ? KeyError.Locked : KeyError.Failed(reason: "\(code)")
        }
        return try plain(signed)
    }

    public func storageKey() throws -> Data {
        var found: CFTypeRef?
        switch SecItemCopyMatching(item([kSecReturnData: true]), &found) {
        case errSecSuccess: return found as! Data
        case errSecItemNotFound: break
        case errSecInteractionNotAllowed: throw KeyError.Locked
        case let status: throw KeyError.Failed(reason: "\(status)")
        }
        var fresh = Data(count: 32)
        let filled = fresh.withUnsafeMutableBytes { SecRandomCopyBytes(kSecRandomDefault, 32, $0.baseAddress!) }
        let attributes: [CFString: Any] = [
            kSecValueData: fresh, kSecAttrAccessible: kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly,
        ]
        let status = filled == errSecSuccess ? SecItemAdd(item(attributes), nil) : filled
        guard status == errSecSuccess else { throw KeyError.Failed(reason: "\(status)") }
        return fresh
    }

    public func forget() throws {
        let pair: [CFString: Any] = [kSecClass: kSecClassKey, kSecAttrApplicationTag: signing]
        for query in [item([:]), pair as CFDictionary] {
            let status = SecItemDelete(query)
            guard [errSecSuccess, errSecItemNotFound].contains(status) else { throw KeyError.Failed(reason: "\(status)") }
        }
    }

    private func item(_ more: [CFString: Any]) -> CFDictionary {
        let named: [CFString: Any] = [kSecClass: kSecClassGenericPassword, kSecAttrService: storage]
        return named.merging(more) { _, new in new } as CFDictionary
    }

    private func key() throws -> SecKey? {
        let query: [CFString: Any] = [kSecClass: kSecClassKey, kSecAttrApplicationTag: signing, kSecReturnRef: true]
        var found: CFTypeRef?
        switch SecItemCopyMatching(query as CFDictionary, &found) {
        case errSecSuccess: return (found as! SecKey)
        case errSecItemNotFound: return nil
        case errSecInteractionNotAllowed: throw KeyError.Locked
        case let status: throw KeyError.Failed(reason: "\(status)")
        }
    }

    private func make() throws -> SecKey {
        let when = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        let access = SecAccessControlCreateWithFlags(nil, when, .privateKeyUsage, nil)!
        let asked: [CFString: Any] = [
            kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeySizeInBits: 256,
            kSecAttrTokenID: kSecAttrTokenIDSecureEnclave,
            kSecPrivateKeyAttrs: [
                kSecAttrIsPermanent: true, kSecAttrApplicationTag: signing, kSecAttrAccessControl: access,
            ] as [CFString: Any],
        ]
        var failed: Unmanaged<CFError>?
        guard let made = SecKeyCreateRandomKey(asked as CFDictionary, &failed) else {
            throw KeyError.Failed(reason: "no key in the Secure Enclave")
        }
        return made
    }

    /// r and s, 32 bytes each, out of DER's sequence of two integers.
    private func plain(_ der: Data) throws -> Data {
        let bytes = [UInt8](der)
        var at = 2
        var both = Data()
        for _ in 0..<2 {
            guard at + 1 < bytes.count, at + 2 + Int(bytes[at + 1]) <= bytes.count else {
                throw KeyError.Failed(reason: "no signature")
            }
            let number = bytes[(at + 2)..<(at + 2 + Int(bytes[at + 1]))].drop { $0 == 0 }
            both += Data(count: 32 - number.count) + number
            at += 2 + Int(bytes[at + 1])
        }
        return both
    }
}
#endif
