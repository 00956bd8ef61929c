package vn.hoso.core

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import java.util.concurrent.TimeUnit

/**
 * Synchronises in the background: now and then, and at once when something was handed in or a push message woke the app. Not run
 * on a device yet. The app says in its `Application.onCreate` where its session is, `SyncWorker.session = { myCore.citizen(…) }`,
 * and, if it pauses the core while it is in the background, who else needs it: `SyncWorker.awake = myAwake`.
 */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result {
        // Not said yet: what waits to be sent is not to be forgotten.
        val session = session ?: return Result.retry()
        val awake = awake
        awake?.enter()
        return try {
            session().sync()
            Result.success()
        } catch (failed: CoreException.Offline) {
            Result.retry()
        } catch (failed: CoreException.Server) {
            Result.retry()
        } catch (failed: CoreException.Cancelled) {
            Result.retry()
        } catch (failed: CoreException.Storage) {
            // Paused, or open elsewhere.
            if (failed.about.kind == ErrorKind.RETRYABLE) Result.retry() else Result.failure()
        } catch (failed: CoreException.Key) {
            // Locked, before the phone's first unlock.
            Result.retry()
        } catch (failed: CoreException) {
            // The citizen has to see to it; the app shows what when it is opened.
            Result.failure()
        } finally {
            awake?.leave()
        }
    }

    companion object {
        @Volatile var session: (() -> CitizenSession)? = null

        @Volatile var awake: Awake? = null

        private val online = Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()

        /** Every six hours, where there is a network. */
        fun regularly(context: Context) {
            val work = PeriodicWorkRequestBuilder<SyncWorker>(6, TimeUnit.HOURS).setConstraints(online).build()
            val keep = ExistingPeriodicWorkPolicy.KEEP
            WorkManager.getInstance(context).enqueueUniquePeriodicWork("hoso-sync", keep, work)
        }

        /** As soon as there is a network: after handing in, and when a push message says that there is news. */
        fun soon(context: Context) {
            val work = OneTimeWorkRequestBuilder<SyncWorker>()
                .setConstraints(online)
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, 30, TimeUnit.SECONDS)
                .build()
            // Not behind one that waits for hours after a bad night; what a synchronisation had exchanged is kept.
            val anew = ExistingWorkPolicy.REPLACE
            WorkManager.getInstance(context).enqueueUniqueWork("hoso-sync-soon", anew, work)
        }
    }
}
