// What the library's sources use of WorkManager 2.10, as its documentation has it. Nothing of it is run but the work itself.
package androidx.work

import android.content.Context
import java.util.concurrent.TimeUnit

class WorkerParameters internal constructor()

abstract class ListenableWorker(appContext: Context, workerParams: WorkerParameters) {
    class Result internal constructor(private val word: String) {
        override fun toString() = word

        companion object {
            fun success() = Result("success")
            fun retry() = Result("retry")
            fun failure() = Result("failure")
        }
    }
}

abstract class CoroutineWorker(appContext: Context, params: WorkerParameters) : ListenableWorker(appContext, params) {
    abstract suspend fun doWork(): Result
}

enum class NetworkType { CONNECTED }

enum class BackoffPolicy { EXPONENTIAL, LINEAR }

enum class ExistingPeriodicWorkPolicy { KEEP }

enum class ExistingWorkPolicy { REPLACE }

class Constraints internal constructor() {
    class Builder {
        fun setRequiredNetworkType(networkType: NetworkType) = apply { check(networkType == NetworkType.CONNECTED) }
        fun build() = Constraints()
    }
}

abstract class WorkRequest {
    abstract class Builder<B : Builder<B, W>, W : WorkRequest> {
        fun setConstraints(constraints: Constraints): B = error("not run")
        fun setBackoffCriteria(backoffPolicy: BackoffPolicy, backoffDelay: Long, timeUnit: TimeUnit): B = error("not run")
        fun build(): W = error("not run")
    }
}

class OneTimeWorkRequest : WorkRequest() {
    class Builder : WorkRequest.Builder<Builder, OneTimeWorkRequest>()
}

class PeriodicWorkRequest : WorkRequest() {
    class Builder : WorkRequest.Builder<Builder, PeriodicWorkRequest>()
}

inline fun <reified W : ListenableWorker> OneTimeWorkRequestBuilder(): OneTimeWorkRequest.Builder = error("not run")

inline fun <reified W : ListenableWorker> PeriodicWorkRequestBuilder(
    repeatInterval: Long,
    repeatIntervalTimeUnit: TimeUnit,
): PeriodicWorkRequest.Builder = error("not run")

abstract class WorkManager {
    abstract fun enqueueUniquePeriodicWork(
        uniqueWorkName: String,
        existingPeriodicWorkPolicy: ExistingPeriodicWorkPolicy,
        periodicWork: PeriodicWorkRequest,
    )
    abstract fun enqueueUniqueWork(uniqueWorkName: String, existingWorkPolicy: ExistingWorkPolicy, work: OneTimeWorkRequest)

    companion object {
        fun getInstance(context: Context): WorkManager = error("not run")
    }
}
