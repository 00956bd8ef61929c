// What the library's sources use of Android's system calls, as its documentation has it (API level 26). It remembers what was
// flushed.
package android.system

import java.io.FileDescriptor

object OsConstants {
    @JvmField val O_RDONLY = 0
}

object Os {
    val flushed = ArrayList<String>()
    private val open = HashMap<FileDescriptor, String>()

    @JvmStatic fun open(path: String, flags: Int, mode: Int) = FileDescriptor().also { open[it] = path }
    @JvmStatic fun fsync(file: FileDescriptor) { flushed += open.getValue(file) }
    @JvmStatic fun close(file: FileDescriptor) { open.remove(file) }

    fun isAllClosed() = open.isEmpty()
}
