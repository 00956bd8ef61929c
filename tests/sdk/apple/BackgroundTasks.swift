// What the library's sources use of Apple's BackgroundTasks, as its documentation has it. Nothing of it is run.
import Foundation

open class BGTaskRequest: NSObject {
    open var earliestBeginDate: Date?
}

open class BGAppRefreshTaskRequest: BGTaskRequest {
    public init(identifier: String) {}
}

open class BGTask: NSObject {
    open var expirationHandler: (() -> Void)?
    open func setTaskCompleted(success: Bool) { fatalError() }
}

open class BGTaskScheduler: NSObject {
    public class var shared: BGTaskScheduler { fatalError() }
    // What is imported from Objective-C need not be used.
    @discardableResult
    open func register(
        forTaskWithIdentifier identifier: String, using queue: DispatchQueue?, launchHandler: @escaping (BGTask) -> Void
    ) -> Bool { fatalError() }
    open func submit(_ request: BGTaskRequest) throws { fatalError() }
}
