// What the library's sources use of Android, as its documentation has it (API level 26).
package android.content

import java.io.File

abstract class Context {
    abstract val noBackupFilesDir: File
}
