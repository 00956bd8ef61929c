package vn.hoso.core

/**
 * Pauses the core when nobody needs it, and resumes it for the first who does. The app's screens `enter()` when they come to the
 * front and `leave()` when they go; work in the background does so around itself. Each may be called on the main thread.
 */
class Awake(private val core: Core) {
    private var here = 0

    @Synchronized
    fun enter() {
        if (here++ == 0) core.resume()
    }

    @Synchronized
    fun leave() {
        // One too many is nobody's.
        if (here > 0 && --here == 0) core.pause()
    }
}
