package vn.hoso.core

import java.io.IOException
import java.net.ConnectException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpConnectTimeoutException
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.net.http.HttpTimeoutException
import java.nio.channels.UnresolvedAddressException
import java.time.Duration
import java.util.concurrent.CompletionException
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.suspendCancellableCoroutine

/** The transport of the JVM's own client: for desktops, tests and command lines. */
class JavaHttpTransport : HttpTransport {
    // A redirect is an answer like any other: a token must not travel to another address.
    private val client: HttpClient = HttpClient.newBuilder()
        .followRedirects(HttpClient.Redirect.NEVER)
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(10))
        .build()

    override suspend fun request(request: HttpRequest): HttpResponse {
        val asked = java.net.http.HttpRequest.newBuilder(URI.create(request.url))
            .method(request.method, BodyPublishers.ofByteArray(request.body))
            .timeout(Duration.ofMinutes(30))
        request.headers.forEach { asked.header(it.name, it.value) }
        val answer = try {
            send(asked.build())
        } catch (failed: IOException) {
            throw when (failed) {
                // Nothing has left.
                is ConnectException, is HttpConnectTimeoutException -> TransportException.Offline()
                is HttpTimeoutException -> TransportException.TimedOut()
                else -> TransportException.Failed(failed.javaClass.simpleName)
            }
        } catch (unresolved: UnresolvedAddressException) {
            throw TransportException.Offline()
        }
        val headers = answer.headers().map().flatMap { (name, values) -> values.map { Header(name, it) } }
        return HttpResponse(answer.statusCode().toUShort(), headers, answer.body())
    }

    private suspend fun send(request: java.net.http.HttpRequest): java.net.http.HttpResponse<ByteArray> =
        suspendCancellableCoroutine { waiting ->
            val sent = client.sendAsync(request, BodyHandlers.ofByteArray())
            waiting.invokeOnCancellation { sent.cancel(true) }
            sent.whenComplete { answer, failed ->
                when (failed) {
                    null -> waiting.resume(answer)
                    is CompletionException -> waiting.resumeWithException(failed.cause ?: failed)
                    else -> waiting.resumeWithException(failed)
                }
            }
        }
}
