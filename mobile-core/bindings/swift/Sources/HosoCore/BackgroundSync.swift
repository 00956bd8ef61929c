#if os(iOS)
import BackgroundTasks
import Foundation

/// Synchronises in the background (BGTaskScheduler). Register before the app has finished launching, with the identifier that stands
/// in `BGTaskSchedulerPermittedIdentifiers`. `session` opens what the app has paused (`try? core.resume()`: another account may fail) before it gives the session;
/// `afterwards` pauses it again where the app is still in the background, before the system suspends it. A silent push message may
/// call `run` itself. Not run on a device yet.
public enum BackgroundSync {
    public static func register(
        identifier: String,
        session: @escaping @Sendable () throws -> CitizenSession,
        afterwards: @escaping @Sendable () async -> Void
    ) {
        BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { task in
            schedule(identifier: identifier)
            let cancel = Cancel()
            // A cancelled Swift task does not reach the core by itself.
            task.expirationHandler = { cancel.cancel() }
            Task {
                let done = await run(session: session, cancel: cancel)
                await afterwards()
                task.setTaskCompleted(success: done)
            }
        }
    }

    public static func schedule(identifier: String) {
        let asked = BGAppRefreshTaskRequest(identifier: identifier)
        asked.earliestBeginDate = Date(timeIntervalSinceNow: 6 * 60 * 60)
        try? BGTaskScheduler.shared.submit(asked)
    }

    /// True if everything was exchanged.
    public static func run(session: @Sendable () throws -> CitizenSession, cancel: Cancel) async -> Bool {
        do {
            _ = try await session().sync(cancel: cancel)
            return true
        } catch {
            return false
        }
    }
}
#endif
