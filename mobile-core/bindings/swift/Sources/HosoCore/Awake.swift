import Foundation

/// Pauses the core when nobody needs it, and resumes it for the first who does. The app's screens `enter()` when they come to the
/// front and `leave()` when they go; work in the background does so around itself. Each may be called on the main thread.
public final class Awake: @unchecked Sendable {
    private let core: Core
    private let alone = NSLock()
    private var here = 0

    public init(core: Core) {
        self.core = core
    }

    public func enter() {
        alone.lock()
        defer { alone.unlock() }
        here += 1
        if here == 1 { core.resume() }
    }

    public func leave() {
        alone.lock()
        defer { alone.unlock() }
        // One too many is nobody's.
        guard here > 0 else { return }
        here -= 1
        if here == 0 { core.pause() }
    }
}
