// What the library's sources use of OkHttp 4, as its documentation has it. Nothing of it is run.
package okhttp3

import java.io.Closeable
import java.io.IOException
import java.util.concurrent.TimeUnit

class MediaType private constructor() {
    companion object {
        fun String.toMediaTypeOrNull(): MediaType? = error("not run")
    }
}

abstract class RequestBody {
    companion object {
        fun ByteArray.toRequestBody(contentType: MediaType? = null, offset: Int = 0, byteCount: Int = size): RequestBody = error("not run")
    }
}

class Request internal constructor() {
    open class Builder {
        open fun url(url: String): Builder = error("not run")
        open fun method(method: String, body: RequestBody?): Builder = error("not run")
        open fun addHeader(name: String, value: String): Builder = error("not run")
        open fun build(): Request = error("not run")
    }
}

class Headers private constructor() : Iterable<Pair<String, String>> {
    override fun iterator(): Iterator<Pair<String, String>> = error("not run")
}

abstract class ResponseBody : Closeable {
    fun bytes(): ByteArray = error("not run")
}

class Response internal constructor(val code: Int, val headers: Headers, val body: ResponseBody?) : Closeable {
    override fun close(): Unit = error("not run")
}

interface Callback {
    fun onFailure(call: Call, e: IOException)
    fun onResponse(call: Call, response: Response)
}

interface Call {
    fun enqueue(responseCallback: Callback)
    fun cancel()
}

open class OkHttpClient {
    open fun newBuilder(): Builder = error("not run")
    open fun newCall(request: Request): Call = error("not run")

    class Builder {
        fun followRedirects(followRedirects: Boolean): Builder = error("not run")
        fun followSslRedirects(followProtocolRedirects: Boolean): Builder = error("not run")
        fun callTimeout(timeout: Long, unit: TimeUnit): Builder = error("not run")
        fun build(): OkHttpClient = error("not run")
    }
}
