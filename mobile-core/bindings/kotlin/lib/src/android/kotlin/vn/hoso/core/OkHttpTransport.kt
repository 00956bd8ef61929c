package vn.hoso.core

import java.io.IOException
import java.net.ConnectException
import java.net.SocketTimeoutException
import java.net.UnknownHostException
import java.util.concurrent.TimeUnit
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.suspendCancellableCoroutine
import okhttp3.Call
import okhttp3.Callback
import okhttp3.MediaType.Companion.toMediaTypeOrNull
import okhttp3.OkHttpClient
import okhttp3.Request
import okhttp3.RequestBody.Companion.toRequestBody
import okhttp3.Response

/**
 * The transport of OkHttp: the app's own client, with its proxies, pins and interceptors. Not run on a device yet.
 *
 * An interceptor that logs must not log headers or bodies: they hold tokens and people.
 */
class OkHttpTransport(client: OkHttpClient = OkHttpClient()) : HttpTransport {
    // A redirect is an answer like any other: a token must not travel to another address.
    private val client = client.newBuilder()
        .followRedirects(false)
        .followSslRedirects(false)
        .callTimeout(30, TimeUnit.MINUTES)
        .build()

    override suspend fun request(request: HttpRequest): HttpResponse {
        val type = request.headers.find { it.name.equals("Content-Type", ignoreCase = true) }?.value
        val takesBody = request.method != "GET" && request.method != "HEAD"
        val body = if (takesBody) request.body.toRequestBody(type?.toMediaTypeOrNull()) else null
        val asked = Request.Builder().url(request.url).method(request.method, body)
        request.headers.forEach { asked.addHeader(it.name, it.value) }
        try {
            return send(client.newCall(asked.build()))
        } catch (failed: IOException) {
            throw when {
                // OkHttp tried more than once: an earlier try may have left.
                failed.suppressed.isNotEmpty() -> TransportException.Failed(failed.javaClass.simpleName)
                // Nothing has left.
                failed is UnknownHostException || failed is ConnectException -> TransportException.Offline()
                failed is SocketTimeoutException -> TransportException.TimedOut()
                else -> TransportException.Failed(failed.javaClass.simpleName)
            }
        }
    }

    private suspend fun send(call: Call): HttpResponse = suspendCancellableCoroutine { waiting ->
        waiting.invokeOnCancellation { call.cancel() }
        call.enqueue(object : Callback {
            override fun onFailure(call: Call, e: IOException) = waiting.resumeWithException(e)

            override fun onResponse(call: Call, response: Response) {
                val read = runCatching {
                    response.use {
                        val headers = it.headers.map { (name, value) -> Header(name, value) }
                        HttpResponse(it.code.toUShort(), headers, it.body?.bytes() ?: ByteArray(0))
                    }
                }
                read.fold({ waiting.resume(it) }, { waiting.resumeWithException(it) })
            }
        })
    }
}
