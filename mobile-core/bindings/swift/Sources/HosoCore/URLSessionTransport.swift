import Foundation
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The transport of URLSession: for apps on iOS and macOS, and for Swift on Linux.
public final class URLSessionTransport: NSObject, HttpTransport, URLSessionTaskDelegate, @unchecked Sendable {
    private var session: URLSession!

    public override init() {
        super.init()
        let settings = URLSessionConfiguration.ephemeral
        settings.httpShouldSetCookies = false
        settings.urlCache = nil
        settings.timeoutIntervalForResource = 30 * 60
        session = URLSession(configuration: settings, delegate: self, delegateQueue: nil)
    }

    public func request(request: HttpRequest) async throws -> HttpResponse {
        guard let url = URL(string: request.url) else { throw TransportError.Failed(reason: "no such address") }
        var asked = URLRequest(url: url)
        asked.httpMethod = request.method
        asked.httpBody = request.body.isEmpty ? nil : request.body
        for header in request.headers {
            asked.addValue(header.value, forHTTPHeaderField: header.name)
        }
        let (body, answer) = try await send(asked)
        let headers = answer.allHeaderFields.compactMap { name, value in
            (name as? String).map { Header(name: $0, value: "\(value)") }
        }
        return HttpResponse(status: UInt16(answer.statusCode), headers: headers, body: body)
    }

    /// A redirect is an answer like any other: a token must not travel to another address.
    public func urlSession(
        _: URLSession, task _: URLSessionTask, willPerformHTTPRedirection _: HTTPURLResponse,
        newRequest _: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }

    private func send(_ asked: URLRequest) async throws -> (Data, HTTPURLResponse) {
        try await withCheckedThrowingContinuation { waiting in
            let task = session.dataTask(with: asked) { body, answer, failed in
                switch (failed, answer as? HTTPURLResponse) {
                case (nil, let answer?): waiting.resume(returning: (body ?? Data(), answer))
                // It broke off after its headers: what was sent has arrived.
                case (.some, .some): waiting.resume(throwing: TransportError.Failed(reason: "URLSession"))
                case (_, nil): waiting.resume(throwing: Self.told(failed))
                }
            }
            task.resume()
        }
    }

    private static func told(_ failed: Error?) -> TransportError {
        switch (failed as? URLError)?.code {
        // Nothing has left.
        case .notConnectedToInternet, .cannotFindHost, .cannotConnectToHost, .dnsLookupFailed: .Offline
        case .timedOut: .TimedOut
        default: .Failed(reason: "URLSession")
        }
    }
}
