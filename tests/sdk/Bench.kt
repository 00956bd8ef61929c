// What calls of the core cost an app in Kotlin, on a folder with many drafts: `open` in a program that has just started,
// `use` in one that runs for a while.

import java.lang.management.ManagementFactory
import vn.hoso.core.*

class NoNetwork : HttpTransport {
    override suspend fun request(request: HttpRequest): HttpResponse = throw TransportException.Offline()
}

/** CPU time of all threads, in milliseconds. */
fun cpuOfAll() = (ManagementFactory.getOperatingSystemMXBean() as com.sun.management.OperatingSystemMXBean).processCpuTime / 1e6

/** CPU time of this thread, the core's part included: what is called here runs here. */
fun cpu() = ManagementFactory.getThreadMXBean().currentThreadCpuTime / 1e6

fun median(of: List<Double>) = of.sorted()[of.size / 2]

fun main(arguments: Array<String>) {
    val (what, folder, dossiers) = arguments
    val core = Core(folder, Language.VIETNAMESE, NoNetwork(), null)
    val keys = fileKeys("$folder/key.pem")
    // Loads the library and its classes.
    core.versions()
    val before = cpuOfAll()
    val session = core.citizen("a", keys, null)
    val opened = cpuOfAll() - before
    if (what == "open") {
        println(opened)
        return
    }
    val ids = session.list().cards.map { it.dossier }
    check(ids.size == dossiers.toInt())
    // The virtual machine compiles what runs often.
    repeat(200) { session.list() }
    val lists = List(50) {
        val start = cpu()
        session.list()
        cpu() - start
    }
    val edits = ids.mapIndexed { n, id ->
        val start = cpu()
        session.setFields(id, listOf(FieldInput("person_name", "Nguyễn Văn $n")))
        cpu() - start
    }
    println(median(lists))
    println(edits.drop(500).average())
}
