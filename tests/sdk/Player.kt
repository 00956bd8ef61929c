// Plays sessions of the core as an app in Kotlin would: reads a call a line, writes what came of it.

import java.io.File
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import vn.hoso.core.*

/** The JVM's transport; and what a host's can do wrong. */
class Host : HttpTransport {
    @Volatile var fault = "fine"
    private val real = JavaHttpTransport()

    override suspend fun request(request: HttpRequest): HttpResponse {
        val fault = fault
        when (fault) {
            "offline" -> throw TransportException.Offline()
            "timed_out" -> throw TransportException.TimedOut()
            "failed" -> throw TransportException.Failed("a certificate that nobody knows")
            "throws", "nothing" -> throw IllegalStateException("a bug of the app")
            "blocked" -> delay(3_600_000)
            "late" -> {
                // Whoever gave the call up is answered all the same.
                withContext(NonCancellable) { delay(500) }
                return HttpResponse(200u, listOf(), ByteArray(0))
            }
            "redirected" -> return HttpResponse(302u, listOf(Header("Location", "https://elsewhere.example/")), ByteArray(0))
            "empty" -> return HttpResponse(200u, listOf(), ByteArray(0))
        }
        val answer = real.request(request)
        return when (fault) {
            "lies" -> HttpResponse(500u, answer.headers, ByteArray(0))
            "garbage" -> HttpResponse(answer.status, answer.headers, byteArrayOf(-1, 0, 60, 104))
            "truncated" -> HttpResponse(answer.status, answer.headers, answer.body.copyOf(answer.body.size / 2))
            else -> answer
        }
    }
}

class Keys(path: String) : KeyStore {
    @Volatile var fault = "fine"
    private val keys = fileKeys(path)

    private fun wrong(): Boolean {
        when (fault) {
            "locked" -> throw KeyException.Locked()
            "gone" -> throw KeyException.Gone()
            "throws", "nothing" -> throw IllegalStateException("a bug of the app")
        }
        return fault == "short"
    }

    override fun publicKey() = if (wrong()) ByteArray(5) else keys.publicKey()
    override fun sign(message: ByteArray) = if (wrong()) ByteArray(5) else keys.sign(message)
    override fun storageKey() = if (fault == "other") ByteArray(32) { 1 } else if (wrong()) ByteArray(5) else keys.storageKey()
    override fun forget() = keys.forget()
}

class Watches : Observer {
    @Volatile var told = 0
    override fun changed() { told += 1 }
}

/** One device: a folder with its accounts. */
class Phone(val folder: File) {
    val host = Host()
    val core: Core
    init {
        folder.mkdirs()
        core = Core(folder.path, Language.ENGLISH, host, null)
    }
}

class Held(val phone: Phone, kind: String, account: String) {
    val keys = Keys(File(phone.folder, "$account.pem").path)
    val watches = Watches()
    val citizen = if (kind == "citizen") phone.core.citizen(account, keys, watches) else null
    val courier = if (kind == "courier") phone.core.courier(account, keys, watches) else null
}

val sessions = HashMap<String, Held>()
val photo = byteArrayOf(-1, -40, -1, -32) + ByteArray(3000)

suspend fun givenUp(call: suspend (Cancel) -> Unit) = runBlocking {
    val cancel = Cancel()
    launch { delay(200); cancel.cancel() }
    call(cancel)
}

suspend fun play(who: String, what: String, with: List<String>): String {
    when (what) {
        "open" -> { sessions[who] = Held(Phone(File(System.getenv("HOSO_HOMES"), who)), with[0], with[1]); return "" }
        "open_beside" -> { sessions[who] = Held(sessions.getValue(with[0]).phone, with[1], with[2]); return "" }
    }
    val held = sessions.getValue(who)
    val phone = held.phone
    held.courier?.let { return courier(it, held, what, with) }
    val it = held.citizen!!
    when (what) {
        "close" -> {
            it.close()
            phone.core.close()
            sessions.remove(who)
            // A handle that was closed is refused, and nothing else happens.
            check(runCatching { it.list() }.exceptionOrNull() is IllegalStateException)
            check(runCatching { it.sync() }.exceptionOrNull() is IllegalStateException)
            check(runCatching { phone.core.accounts() }.exceptionOrNull() is IllegalStateException)
        }
        "fault" -> fault(held, with)
        "versions" -> return phone.core.versions().let { "store ${it.store}, wire ${it.wire}" }
        "accounts" -> return phone.core.accounts().joinToString(" ")
        "remove_account" -> phone.core.removeAccount(with[0], held.keys)
        "account" -> return it.account()?.person ?: ""
        "observed" -> {
            repeat(500) { if (held.watches.told > 0) return "yes"; delay(10) }
            return "no"
        }
        "events" -> return it.nextEvents(0u, 500u).events.map { it.kind.name.lowercase().replace("_", "") }.toSortedSet().joinToString(" ")
        "pause" -> phone.core.pause()
        "resume" -> phone.core.resume()
        "begin_sign_in" -> return it.beginSignIn(with[0]).url
        "finish_sign_in" -> return it.finishSignIn(with[0]).person
        "enrol" -> return it.enrol(with[0], with[1]).person
        "enrol_given_up" -> givenUp { cancel -> it.enrol(with[0], with[1], cancel) }
        "sign_out" -> it.signOut()
        "sync" -> return synced(it.sync())
        "sync_given_up" -> givenUp { cancel -> it.sync(cancel) }
        "device" -> return it.device()
        "report_lost" -> it.reportLost(with[0])
        "devices" -> return it.devices().joinToString(" ") { it.state }
        "crowd" -> {
            coroutineScope {
                repeat(8) { n -> launch(Dispatchers.IO) { repeat(5) { _ ->
                    val dossier = it.newDraft(with[0])
                    it.setFields(dossier, listOf(FieldInput("applicant_name", "Nguyễn Văn $n")))
                    check(it.detail(dossier).fields.any { field -> field.values == listOf("Nguyễn Văn $n") })
                } } }
            }
            return it.list().cards.size.toString()
        }
        "new_draft" -> return it.newDraft(with[0])
        "fill" -> it.setFields(with[0], it.examples("2.000635"))
        "set" -> it.setFields(with[0], listOf(FieldInput(with[1], with[2])))
        "photo" -> return it.addPaper(with[0], with[1], "can-cuoc.jpg", photo).sha256
        "paper" -> return it.addPaper(with[0], with[1], "a.txt", "plain text".toByteArray()).sha256
        "submit" -> it.submit(with[0], with[1])
        "supplement" -> it.supplement(with[0])
        "withdraw" -> it.withdraw(with[0], with[1])
        "choose_post" -> it.choosePost(with[0], PostalInput(with[1], with[2], with[3], with[4]))
        "status" -> return it.detail(with[0]).card.statusKey
        "value" -> return it.detail(with[0]).fields.find { it.key == with[1] }?.values?.joinToString(" / ") ?: ""
        "printed" -> return it.detail(with[0]).let {
            "$it ${it.fields[0]} ${it.papers[0]} ${DoorProof.Code("00000")} ${DoorRecipient.Owner("passport")}"
        }
        "asides" -> return it.detail(with[0]).setAside.joinToString(" ") { it.code }
        "dismiss" -> it.dismiss(with[0], with[1].toUInt())
        "recipient_code" -> return it.detail(with[0]).recipientCode ?: ""
        "receipts" -> return it.receipts(with[0]).joinToString(" ") { kept ->
            it.verifyReceipt(it.exportReceipt(with[0], kept.seq)).subject
        }
        "verify" -> return it.verifyReceipt(it.exportReceipt(with[0], it.receipts(with[0])[0].seq)).log
        "verify_text" -> return it.verifyReceipt(with[0].toByteArray()).subject
        "readings" -> return it.readings(with[0]).joinToString(" ") { it.purpose }
        else -> throw NotImplementedError(what)
    }
    return ""
}

suspend fun courier(it: CourierSession, held: Held, what: String, with: List<String>): String {
    when (what) {
        "fault" -> fault(held, with)
        "enrol" -> return it.enrol(with[0], with[1]).person
        "sync" -> return synced(it.sync())
        "parcels" -> return it.manifest().joinToString(" ") { it.parcel }
        "failed" -> it.failedAttempt(with[0], with[1])
        "delivered" -> it.confirmDelivery(with[0], DoorProof.Code(with[1]), DoorRecipient.Owner("citizen_card"))
        else -> throw NotImplementedError(what)
    }
    return ""
}

fun fault(held: Held, with: List<String>) {
    if (with[0] == "transport") held.phone.host.fault = with[1] else held.keys.fault = with[1]
}

fun synced(done: SyncView) = "sent ${done.sent} set aside ${done.setAside} ${done.problems}"

/** What every error tells. */
fun about(failed: CoreException): ErrorView = when (failed) {
    is CoreException.Offline -> failed.about
    is CoreException.SignInAgain -> failed.about
    is CoreException.Wiped -> failed.about
    is CoreException.Refused -> failed.about
    is CoreException.TooOld -> failed.about
    is CoreException.Storage -> failed.about
    is CoreException.Key -> failed.about
    is CoreException.Cancelled -> failed.about
    is CoreException.Server -> failed.about
    is CoreException.Untrusted -> failed.about
}

fun main() = runBlocking {
    while (true) {
        val line = readlnOrNull() ?: break
        val parts = line.split("\t")
        val said = try {
            "ok\t" + play(parts[0], parts[1], parts.drop(2)).replace("\n", " ")
        } catch (failed: CoreException) {
            val about = about(failed)
            "error\t${about.code}\t${about.kind.name.lowercase()}\t${failed.javaClass.simpleName}"
        }
        println(said)
    }
    System.exit(0)
}
