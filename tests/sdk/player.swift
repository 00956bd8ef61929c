// Plays sessions of the core as an app in Swift would: reads a call a line, writes what came of it.

import Foundation

struct HostBug: Error {}

/// URLSession's transport; and what a host's can do wrong.
final class Host: HttpTransport, @unchecked Sendable {
    var fault = "fine"
    private let real = URLSessionTransport()

    func request(request: HttpRequest) async throws -> HttpResponse {
        let fault = fault
        switch fault {
        case "offline": throw TransportError.Offline
        case "timed_out": throw TransportError.TimedOut
        case "failed": throw TransportError.Failed(reason: "a certificate that nobody knows")
        case "throws", "nothing": throw HostBug()
        case "blocked": try? await Task.sleep(nanoseconds: 3_600_000_000_000)
        case "late":
            try? await Task.sleep(nanoseconds: 500_000_000)
            return HttpResponse(status: 200, headers: [], body: Data())
        case "redirected":
            let elsewhere = Header(name: "Location", value: "https://elsewhere.example/")
            return HttpResponse(status: 302, headers: [elsewhere], body: Data())
        case "empty": return HttpResponse(status: 200, headers: [], body: Data())
        default: break
        }
        let answer = try await real.request(request: request)
        switch fault {
        case "lies": return HttpResponse(status: 500, headers: answer.headers, body: Data())
        case "garbage": return HttpResponse(status: answer.status, headers: answer.headers, body: Data([255, 0, 60, 104]))
        case "truncated":
            return HttpResponse(status: answer.status, headers: answer.headers, body: answer.body.prefix(answer.body.count / 2))
        default: return answer
        }
    }
}

final class Keys: KeyStore, @unchecked Sendable {
    var fault = "fine"
    private let keys: KeyStore

    init(_ path: String) throws { keys = try fileKeys(path: path) }

    private func wrong() throws -> Bool {
        switch fault {
        case "locked": throw KeyError.Locked
        case "gone": throw KeyError.Gone
        case "throws", "nothing": throw HostBug()
        default: return fault == "short"
        }
    }

    func publicKey() throws -> Data { try wrong() ? Data(count: 5) : keys.publicKey() }
    func sign(message: Data) throws -> Data { try wrong() ? Data(count: 5) : keys.sign(message: message) }
    func storageKey() throws -> Data { try fault == "other" ? Data(repeating: 1, count: 32) : wrong() ? Data(count: 5) : keys.storageKey() }
    func forget() throws { try keys.forget() }
}

final class Watches: Observer, @unchecked Sendable {
    var told = 0
    func changed() { told += 1 }
}

/// One device: a folder with its accounts.
final class Phone {
    let folder: String
    let host = Host()
    let core: Core

    init(_ folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        core = Core(folder: folder, language: .english, transport: host, clock: nil)
    }
}

final class Held {
    let phone: Phone
    let keys: Keys
    let watches = Watches()
    var citizen: CitizenSession?
    var courier: CourierSession?

    init(_ phone: Phone, _ kind: String, _ account: String) throws {
        self.phone = phone
        keys = try Keys("\(phone.folder)/\(account).pem")
        if kind == "courier" {
            courier = try phone.core.courier(account: account, keys: keys, observer: watches)
        } else {
            citizen = try phone.core.citizen(account: account, keys: keys, observer: watches)
        }
    }
}

let photo = Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data(count: 3000)

final class Stage {
    var sessions: [String: Held] = [:]

    func play(_ who: String, _ what: String, _ with: [String]) async throws -> String {
        switch what {
        case "open":
            sessions[who] = try Held(Phone("\(ProcessInfo.processInfo.environment["HOSO_HOMES"]!)/\(who)"), with[0], with[1])
            return ""
        case "open_beside":
            sessions[who] = try Held(sessions[with[0]]!.phone, with[1], with[2])
            return ""
        case "close":
            sessions[who] = nil
            return ""
        default: break
        }
        let held = sessions[who]!
        if what == "fault" {
            if with[0] == "transport" { held.phone.host.fault = with[1] } else { held.keys.fault = with[1] }
            return ""
        }
        if let it = held.courier { return try await courier(it, what, with) }
        return try await citizen(held.citizen!, held, what, with)
    }

    func citizen(_ it: CitizenSession, _ held: Held, _ what: String, _ with: [String]) async throws -> String {
        let core = held.phone.core
        switch what {
        case "versions": return "store \(core.versions().store), wire \(core.versions().wire)"
        case "accounts": return try core.accounts().joined(separator: " ")
        case "remove_account": try core.removeAccount(account: with[0], keys: held.keys)
        case "account": return try it.account()?.person ?? ""
        case "observed":
            for _ in 0..<500 where held.watches.told == 0 { try await Task.sleep(nanoseconds: 10_000_000) }
            return held.watches.told > 0 ? "yes" : "no"
        case "events": return Set(it.nextEvents(after: 0, max: 500).events.map { "\($0.kind)".lowercased() }).sorted().joined(separator: " ")
        case "pause": core.pause()
        case "resume": core.resume()
        case "begin_sign_in": return try await it.beginSignIn(server: with[0]).url
        case "finish_sign_in": return try await it.finishSignIn(callback: with[0]).person
        case "enrol": return try await it.enrol(server: with[0], code: with[1]).person
        case "enrol_given_up": try await givenUp { cancel in _ = try await it.enrol(server: with[0], code: with[1], cancel: cancel) }
        case "sign_out": try await it.signOut()
        case "sync": return synced(try await it.sync())
        case "sync_given_up": try await givenUp { cancel in _ = try await it.sync(cancel: cancel) }
        case "device": return it.device()
        case "report_lost": try await it.reportLost(device: with[0])
        case "devices": return try await it.devices().map(\.state).joined(separator: " ")
        case "crowd":
            try await withThrowingTaskGroup(of: Void.self) { crowd in
                for n in 0..<8 {
                    crowd.addTask {
                        for _ in 0..<5 {
                            let dossier = try it.newDraft(procedure: with[0])
                            try it.setFields(dossier: dossier, fields: [FieldInput(key: "applicant_name", value: "Nguyễn Văn \(n)")])
                            let fields = try it.detail(dossier: dossier).fields
                            precondition(fields.contains { $0.values == ["Nguyễn Văn \(n)"] })
                        }
                    }
                }
                try await crowd.waitForAll()
            }
            return String(try it.list().cards.count)
        case "new_draft": return try it.newDraft(procedure: with[0])
        case "fill": try it.setFields(dossier: with[0], fields: it.examples(procedure: "2.000635"))
        case "set": try it.setFields(dossier: with[0], fields: [FieldInput(key: with[1], value: with[2])])
        case "photo": return try it.addPaper(dossier: with[0], component: with[1], name: "can-cuoc.jpg", bytes: photo).sha256
        case "paper": return try it.addPaper(dossier: with[0], component: with[1], name: "a.txt", bytes: Data("plain text".utf8)).sha256
        case "submit": try it.submit(dossier: with[0], unit: with[1])
        case "supplement": try it.supplement(dossier: with[0])
        case "withdraw": try it.withdraw(dossier: with[0], reason: with[1])
        case "choose_post":
            let to = PostalInput(recipient: with[1], phone: with[2], area: with[3], line: with[4])
            try it.choosePost(dossier: with[0], to: to)
        case "status": return try it.detail(dossier: with[0]).card.statusKey
        case "value":
            return try it.detail(dossier: with[0]).fields.first { $0.key == with[1] }?.values.joined(separator: " / ") ?? ""
        case "printed":
            let detail = try it.detail(dossier: with[0])
            let (proof, recipient) = (DoorProof.code(code: "00000"), DoorRecipient.owner(identity: "passport"))
            return "\(detail) \(detail.fields[0]) \(detail.papers[0]) \(proof) \(recipient)"
        case "asides": return try it.detail(dossier: with[0]).setAside.map(\.code).joined(separator: " ")
        case "dismiss": try it.dismiss(dossier: with[0], number: UInt32(with[1])!)
        case "recipient_code": return try it.detail(dossier: with[0]).recipientCode ?? ""
        case "receipts":
            return try it.receipts(dossier: with[0]).map { kept in
                try it.verifyReceipt(presented: it.exportReceipt(dossier: with[0], seq: kept.seq)).subject
            }.joined(separator: " ")
        case "verify":
            let kept = try it.receipts(dossier: with[0])[0]
            return try it.verifyReceipt(presented: it.exportReceipt(dossier: with[0], seq: kept.seq)).log
        case "verify_text": return try it.verifyReceipt(presented: Data(with[0].utf8)).subject
        case "readings": return try await it.readings(dossier: with[0]).map(\.purpose).joined(separator: " ")
        default: fatalError(what)
        }
        return ""
    }

    func courier(_ it: CourierSession, _ what: String, _ with: [String]) async throws -> String {
        switch what {
        case "enrol": return try await it.enrol(server: with[0], code: with[1]).person
        case "sync": return synced(try await it.sync())
        case "parcels": return try it.manifest().map(\.parcel).joined(separator: " ")
        case "failed": try it.failedAttempt(parcel: with[0], reason: with[1])
        case "delivered":
            try it.confirmDelivery(parcel: with[0], proof: .code(code: with[1]), recipient: .owner(identity: "citizen_card"))
        default: fatalError(what)
        }
        return ""
    }

    func givenUp(_ call: @escaping (Cancel) async throws -> Void) async throws {
        let cancel = Cancel()
        Task {
            try await Task.sleep(nanoseconds: 200_000_000)
            cancel.cancel()
        }
        try await call(cancel)
    }

    func synced(_ done: SyncView) -> String { "sent \(done.sent) set aside \(done.setAside) \(done.problems)" }
}

/// What every error tells.
func about(_ failed: CoreError) -> ErrorView {
    switch failed {
    case let .Offline(about), let .SignInAgain(about), let .Wiped(about), let .Refused(about), let .TooOld(about),
         let .Storage(about), let .Key(about), let .Cancelled(about), let .Server(about), let .Untrusted(about):
        about
    }
}

@main
struct Player {
    static func main() async {
        let stage = Stage()
        while let line = readLine() {
            let parts = line.components(separatedBy: "\t")
            var said: String
            do {
                said = "ok\t" + (try await stage.play(parts[0], parts[1], Array(parts.dropFirst(2))))
            } catch let failed as CoreError {
                let told = about(failed)
                let kind = ["retryable": "retryable", "needsUser": "needs_user", "fatal": "fatal"]["\(told.kind)"]!
                said = "error\t\(told.code)\t\(kind)"
            } catch {
                said = "thrown\t\(error)"
            }
            print(said.replacingOccurrences(of: "\n", with: " "))
            fflush(stdout)
        }
        exit(0)
    }
}
