//! What a page gives the core: files, network, keys and somebody who is told of changes. All of it runs on the page's one
//! thread, so that no call can be given up but those that wait.

use crate::keys::KeyError;
use crate::storage::{Place, StorageError, Store, Syncs};
use crate::transport::{Header, HttpRequest, HttpResponse, Transport, TransportError};
use async_trait::async_trait;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use send_wrapper::SendWrapper;
use std::io;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Where accounts lie; in a browser's worker the origin private file system, whose handles are opened beforehand. */
export interface Files {
    /** The names of the files that there are. */
    names(): string[];
    /** Opens a file, or makes an empty one. Nobody else may have it open. */
    open(name: string): SyncFile;
}
/** What a `FileSystemSyncAccessHandle` can do. */
export interface SyncFile {
    read(into: Uint8Array, options: { at: number }): number;
    write(from: Uint8Array, options: { at: number }): number;
    getSize(): number;
    truncate(size: number): void;
    flush(): void;
    close(): void;
}
export interface Header { name: string; value: string; }
export interface HttpTransport {
    /** Sends and waits for the whole response; redirects are not followed. Rejects with `{ kind: "offline" | "timedOut" }`. */
    request(request: { method: string; url: string; headers: Header[]; body: Uint8Array }):
        Promise<{ status: number; headers: Header[]; body: Uint8Array }>;
}
/** A P-256 key and the key of the account's file. Throws `{ kind: "locked" | "gone" }`. */
export interface KeyStore {
    /** x and y, 32 bytes each. */
    publicKey(): Uint8Array;
    /** ECDSA over SHA-256: r and s, 32 bytes each. */
    sign(message: Uint8Array): Uint8Array;
    /** 32 bytes that stay the same. */
    storageKey(): Uint8Array;
    /** Deletes both. */
    forget(): void;
}
/** Told that `nextEvents` has something. */
export type Observer = () => void;
"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "Files")]
    pub type Files;
    #[wasm_bindgen(method, catch)]
    fn names(this: &Files) -> Result<Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Files, name: &str) -> Result<SyncFile, JsValue>;

    #[wasm_bindgen(typescript_type = "SyncFile")]
    pub type SyncFile;
    #[wasm_bindgen(method, catch)]
    fn read(this: &SyncFile, into: &Uint8Array, options: &Object) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &SyncFile, from: &Uint8Array, options: &Object) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch, js_name = "getSize")]
    fn get_size(this: &SyncFile) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn truncate(this: &SyncFile, size: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn flush(this: &SyncFile) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &SyncFile) -> Result<(), JsValue>;

    #[wasm_bindgen(typescript_type = "HttpTransport")]
    pub type HttpTransport;
    #[wasm_bindgen(method, catch)]
    fn request(this: &HttpTransport, request: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(typescript_type = "KeyStore")]
    pub type KeyStore;
    #[wasm_bindgen(method, catch, js_name = "publicKey")]
    fn public_key(this: &KeyStore) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sign(this: &KeyStore, message: &Uint8Array) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch, js_name = "storageKey")]
    fn storage_key(this: &KeyStore) -> Result<Uint8Array, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn forget(this: &KeyStore) -> Result<(), JsValue>;

    #[wasm_bindgen(typescript_type = "Observer")]
    pub type Observer;
    #[wasm_bindgen(method, catch)]
    fn call(this: &Observer, on: &JsValue) -> Result<JsValue, JsValue>;
}

/// A text of an object that a page gave or threw.
fn text(of: &JsValue, name: &str) -> Option<String> {
    Reflect::get(of, &name.into()).ok()?.as_string()
}

/// What a page threw, for a log: its name, never its words.
fn named(thrown: &JsValue) -> String {
    text(thrown, "name").unwrap_or_else(|| "it threw".into())
}

fn put(into: &Object, name: &str, value: &JsValue) {
    // An object that was made here takes every property.
    let _ = Reflect::set(into, &name.into(), value);
}

/// What the file system of a page says, in the words of others.
fn io_error(thrown: JsValue) -> io::Error {
    let kind = match (text(&thrown, "name").as_deref(), text(&thrown, "code").as_deref()) {
        (Some("QuotaExceededError"), _) | (_, Some("ENOSPC" | "EDQUOT")) => io::ErrorKind::StorageFull,
        (Some("NoModificationAllowedError"), _) => io::ErrorKind::ResourceBusy,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, named(&thrown))
}

/// The files of a page, by name.
pub(super) struct PageFiles(SendWrapper<Files>);

impl PageFiles {
    pub(super) fn new(files: Files) -> Self {
        Self(SendWrapper::new(files))
    }

    pub(super) fn names(&self) -> Result<Vec<String>, StorageError> {
        let names = self.0.names().map_err(io_error)?;
        Ok(names.iter().filter_map(|name| name.as_string()).collect())
    }

    fn open(&self, name: &str) -> io::Result<PageFile> {
        Ok(PageFile(SendWrapper::new(self.0.open(name).map_err(io_error)?)))
    }
}

/// One account's file among a page's. There is no renaming of one file over another, so that the note of a deletion is the
/// file's own beginning.
pub(super) struct OnPage {
    pub(super) files: Arc<PageFiles>,
    pub(super) name: String,
}

const NOTE: [u8; 4] = *b"wipe";

impl OnPage {
    fn with<T>(&self, f: impl FnOnce(&PageFile) -> io::Result<T>) -> io::Result<T> {
        let file = self.files.open(&self.name)?;
        let done = f(&file);
        file.0.close().map_err(io_error)?;
        done
    }
}

impl Place for OnPage {
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError> {
        Store::open_backend(self.files.open(&self.name)?, key, syncs)
    }
    fn condemn(&self) -> io::Result<()> {
        self.with(|file| {
            file.write_at(0, &NOTE)?;
            file.0.flush().map_err(io_error)
        })
    }
    fn is_condemned(&self) -> io::Result<bool> {
        self.with(|file| {
            let mut beginning = NOTE.map(|_| 0);
            let long = redb::StorageBackend::len(file)? >= NOTE.len() as u64;
            Ok(long && file.read_at(0, &mut beginning).is_ok() && beginning == NOTE)
        })
    }
    fn clear(&self) -> io::Result<()> {
        self.with(|file| file.shorten(NOTE.len() as u64))
    }
    fn acquit(&self) -> io::Result<()> {
        self.with(|file| file.shorten(0))
    }
}

/// A file of a page as the database reads and writes it.
struct PageFile(SendWrapper<SyncFile>);

impl PageFile {
    fn at(offset: u64) -> Object {
        let options = Object::new();
        put(&options, "at", &JsValue::from_f64(offset as f64));
        options
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let into = Uint8Array::new_with_length(out.len() as u32);
        let read = self.0.read(&into, &Self::at(offset)).map_err(io_error)?;
        if read != out.len() as f64 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        into.copy_to(out);
        Ok(())
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let written = self.0.write(&Uint8Array::from(data), &Self::at(offset)).map_err(io_error)?;
        if written == data.len() as f64 { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn shorten(&self, len: u64) -> io::Result<()> {
        self.0.truncate(len as f64).map_err(io_error)?;
        self.0.flush().map_err(io_error)
    }
}

impl std::fmt::Debug for PageFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageFile")
    }
}

impl redb::StorageBackend for PageFile {
    fn len(&self) -> io::Result<u64> {
        // Sizes of files are whole numbers far below the 2^53 that a number of JavaScript holds.
        Ok(self.0.get_size().map_err(io_error)? as u64)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.read_at(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.truncate(len as f64).map_err(io_error)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.flush().map_err(io_error)
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.write_at(offset, data)
    }
    fn close(&self) -> io::Result<()> {
        self.0.close().map_err(io_error)
    }
}

/// A page's `fetch`, or what it has.
pub(super) struct PageTransport(SendWrapper<HttpTransport>);

impl PageTransport {
    pub(super) fn new(transport: HttpTransport) -> Self {
        Self(SendWrapper::new(transport))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let asked = Object::new();
        put(&asked, "method", &request.method.into());
        put(&asked, "url", &request.url.into());
        let headers: Array = request.headers.into_iter().map(JsValue::from).collect();
        put(&asked, "headers", &headers);
        put(&asked, "body", &Uint8Array::from(request.body.as_slice()));
        let coming = self.0.request(&asked).map_err(|thrown| failed(&thrown))?;
        let came = JsFuture::from(coming).await.map_err(|thrown| failed(&thrown))?;
        response(&came).ok_or_else(|| TransportError::Failed { reason: "it answered with no response".into() })
    }
}

impl From<Header> for JsValue {
    fn from(header: Header) -> Self {
        let object = Object::new();
        put(&object, "name", &header.name.into());
        put(&object, "value", &header.value.into());
        object.into()
    }
}

fn failed(thrown: &JsValue) -> TransportError {
    match text(thrown, "kind").as_deref() {
        Some("offline") => TransportError::Offline,
        Some("timedOut") => TransportError::TimedOut,
        _ => TransportError::Failed { reason: named(thrown) },
    }
}

fn response(came: &JsValue) -> Option<HttpResponse> {
    let of = |name: &str| Reflect::get(came, &name.into()).ok();
    let status = of("status")?.as_f64().filter(|status| (100.0..600.0).contains(status))? as u16;
    let headers: Array = of("headers")?.dyn_into().ok()?;
    let header = |one: JsValue| Some(Header { name: text(&one, "name")?, value: text(&one, "value")? });
    let headers = headers.iter().map(header).collect::<Option<_>>()?;
    let body = of("body")?.dyn_into::<Uint8Array>().ok()?.to_vec();
    Some(HttpResponse { status, headers, body })
}

#[async_trait]
impl Transport for PageTransport {
    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        SendWrapper::new(self.exchange(request)).await
    }
}

pub(super) struct PageKeys(SendWrapper<KeyStore>);

impl PageKeys {
    pub(super) fn new(keys: KeyStore) -> Self {
        Self(SendWrapper::new(keys))
    }
}

fn key_error(thrown: JsValue) -> KeyError {
    match text(&thrown, "kind").as_deref() {
        Some("locked") => KeyError::Locked,
        Some("gone") => KeyError::Gone,
        _ => KeyError::Failed { reason: named(&thrown) },
    }
}

impl crate::KeyStore for PageKeys {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.public_key().map_err(key_error)?.to_vec())
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.sign(&Uint8Array::from(message.as_slice())).map_err(key_error)?.to_vec())
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.storage_key().map_err(key_error)?.to_vec())
    }
    fn forget(&self) -> Result<(), KeyError> {
        self.0.forget().map_err(key_error)
    }
}

pub(super) struct PageObserver(SendWrapper<Observer>);

impl PageObserver {
    pub(super) fn new(observer: Observer) -> Self {
        Self(SendWrapper::new(observer))
    }
}

impl crate::Observer for PageObserver {
    fn changed(&self) {
        // A page that throws is told nothing more of it; it can still ask.
        let _ = self.0.call(&JsValue::UNDEFINED);
    }
}
