#if os(iOS)
import BackgroundTasks
import Foundation

/// Synchronises in the background (BGTaskScheduler). Register before the app has finished launching, with the identifier that stands
/// in `BGTaskSchedulerPermittedIdentifiers`. `awake` is where the app's screens come and go: the core is paused again, before the
/// system suspends the app, where none of them is at the front. A silent push message calls `run` itself. Not run on a device yet.
public enum BackgroundSync {
    public static func register(
        identifier: String,
        awake: Awake,
        session: @escaping @Sendable () throws -> CitizenSession
    ) {
        BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { task in
            schedule(identifier: identifier)
            let cancel = Cancel()
            // A cancelled Swift task does not reach the core by itself.
            task.expirationHandler = { cancel.cancel() }
            Task {
                let done = await run(awake: awake, session: session, cancel: cancel)
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
    public static func run(
        awake: Awake, session: @Sendable () throws -> CitizenSession, cancel: Cancel
    ) async -> Bool {
        awake.enter()
        defer { awake.leave() }
        do {
            _ = try await session().sync(cancel: cancel)
            return true
        } catch {
            return false
        }
    }
}
#endif
