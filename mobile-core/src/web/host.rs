//! What a page gives the core: files, network, keys and somebody who is told of changes. All of it runs on the page's one
//! thread, so that no call can be given up but those that wait.

use crate::keys::KeyError;
use crate::storage::{Gone, Place, StorageError, Store, Syncs};
use crate::transport::{Header, HttpRequest, HttpResponse, Transport, TransportError};
use async_trait::async_trait;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use send_wrapper::SendWrapper;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/**
 * Where accounts lie; in a browser's worker the origin private file system, whose handles are opened beforehand. Nothing of it
 * calls the core: that is told `storage_busy`.
 */
export interface Files {
    /** The names of the files that there are. */
    names(): string[];
    /** Opens a file, or makes an empty one. Throws where it is open already, here or elsewhere. */
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

// What comes back is looked at before it is used: a page may answer anything, and what throws where nobody catches it ends
// the module.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "Files")]
    pub type Files;
    #[wasm_bindgen(method, catch)]
    fn names(this: &Files) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Files, name: &str) -> Result<SyncFile, JsValue>;

    #[wasm_bindgen(typescript_type = "SyncFile")]
    pub type SyncFile;
    #[wasm_bindgen(method, catch)]
    fn read(this: &SyncFile, into: &Uint8Array, options: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &SyncFile, from: &Uint8Array, options: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = "getSize")]
    fn get_size(this: &SyncFile) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn truncate(this: &SyncFile, size: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn flush(this: &SyncFile) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &SyncFile) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(typescript_type = "HttpTransport")]
    pub type HttpTransport;
    #[wasm_bindgen(method, catch)]
    fn request(this: &HttpTransport, request: &Object) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(typescript_type = "KeyStore")]
    pub type KeyStore;
    #[wasm_bindgen(method, catch, js_name = "publicKey")]
    fn public_key(this: &KeyStore) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn sign(this: &KeyStore, message: &Uint8Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = "storageKey")]
    fn storage_key(this: &KeyStore) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn forget(this: &KeyStore) -> Result<JsValue, JsValue>;

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

/// An answer that is not what its interface says.
fn nonsense() -> io::Error {
    io::Error::other("it answered with something else")
}

/// A number that a page answered. What is none is not made one here: that may throw.
fn number(answered: Result<JsValue, JsValue>) -> io::Result<f64> {
    answered.map_err(io_error)?.as_f64().ok_or_else(nonsense)
}

/// Nothing, as what is done answers. Who answers with a promise has only begun.
fn done(answered: Result<JsValue, JsValue>) -> io::Result<()> {
    if answered.map_err(io_error)?.is_undefined() { Ok(()) } else { Err(nonsense()) }
}

/// The files of a page, by name.
pub(super) struct PageFiles(SendWrapper<Files>);

impl PageFiles {
    pub(super) fn new(files: Files) -> Self {
        Self(SendWrapper::new(files))
    }

    pub(super) fn names(&self) -> Result<Vec<String>, StorageError> {
        let names = self.0.names().map_err(io_error)?;
        let names: Array = names.dyn_into().map_err(|_| nonsense())?;
        Ok(names.iter().filter_map(|name| name.as_string()).collect())
    }

    /// Whether there is something in a file. One that somebody has open is taken to hold something.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.open(name).map_or(true, |file| !file.size().is_ok_and(|size| size == 0))
    }

    fn open(&self, name: &str) -> io::Result<PageFile> {
        let file = SendWrapper::new(self.0.open(name).map_err(io_error)?);
        Ok(PageFile(Arc::new(Handle { file, closed: AtomicBool::new(false) })))
    }
}

/// One account's file among a page's. There is no renaming of one file over another, so that a file says itself whether it is
/// whole, in its first bytes; the database lies behind them.
pub(super) struct OnPage {
    pub(super) files: Arc<PageFiles>,
    pub(super) name: String,
}

/// Where a file stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was ever kept in it: it is new, or a crash left it so while it was being made.
    Unmade,
    Made,
    /// It is being deleted.
    Condemned(Gone),
}

const MAKING: [u8; 4] = *b"make";
const MADE: [u8; 4] = *b"made";
const LOST: [u8; 4] = *b"lost";
const REMOVED: [u8; 4] = *b"gone";
/// Where the database begins: behind as much as it reads and writes at once.
const BEGIN: u64 = 4096;

impl OnPage {
    fn with<T>(&self, f: impl FnOnce(&PageFile) -> io::Result<T>) -> io::Result<T> {
        let file = self.files.open(&self.name)?;
        let done = f(&file);
        file.0.close()?;
        done
    }
}

impl Place for OnPage {
    fn open(&self, key: &[u8; 32], syncs: Arc<Syncs>) -> Result<Store, StorageError> {
        let file = self.files.open(&self.name)?;
        let unmade = file.state()? == State::Unmade;
        if unmade {
            file.shorten(0)?;
            file.say(MAKING)?;
        }
        let store = Store::open_backend(file.clone(), key, syncs)?;
        if unmade {
            // The database is on the disk when it is open.
            file.say(MADE)?;
        }
        Ok(store)
    }
    fn condemn(&self, why: Gone) -> io::Result<()> {
        self.with(|file| file.say(if why == Gone::Lost { LOST } else { REMOVED }))
    }
    fn condemned(&self) -> io::Result<Option<Gone>> {
        self.with(|file| {
            let State::Condemned(why) = file.state()? else { return Ok(None) };
            Ok(Some(why))
        })
    }
    fn clear(&self) -> io::Result<()> {
        self.with(|file| file.shorten(LOST.len() as u64))
    }
    fn acquit(&self) -> io::Result<()> {
        self.with(|file| file.shorten(0))
    }
}

/// A file of a page, open until it is closed or nobody holds it any more.
struct Handle {
    file: SendWrapper<SyncFile>,
    closed: AtomicBool,
}

impl Handle {
    /// Once: another file may have its number then.
    fn close(&self) -> io::Result<()> {
        if self.closed.swap(true, Ordering::Relaxed) { Ok(()) } else { done(self.file.close()) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

/// The same as the database reads and writes it.
#[derive(Clone)]
struct PageFile(Arc<Handle>);

impl PageFile {
    fn at(offset: u64) -> Object {
        let options = Object::new();
        put(&options, "at", &JsValue::from_f64(offset as f64));
        options
    }

    /// In bytes, all of it.
    fn size(&self) -> io::Result<u64> {
        // Sizes of files are whole numbers far below the 2^53 that a number of JavaScript holds.
        let size = number(self.0.file.get_size())?;
        if size >= 0.0 && size.fract() == 0.0 { Ok(size as u64) } else { Err(nonsense()) }
    }

    fn state(&self) -> io::Result<State> {
        let mut first = [0; 4];
        // Shorter than its first bytes is one whose making was broken off, or whose deletion was at its end.
        if self.size()? < first.len() as u64 {
            return Ok(State::Unmade);
        }
        self.read_at(0, &mut first)?;
        match first {
            MAKING => Ok(State::Unmade),
            // Without a database it was cut off.
            MADE if self.size()? > BEGIN => Ok(State::Made),
            LOST => Ok(State::Condemned(Gone::Lost)),
            REMOVED => Ok(State::Condemned(Gone::Removed)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Writes where the file stands; when this returns, it is on the disk.
    fn say(&self, first: [u8; 4]) -> io::Result<()> {
        self.write_at(0, &first)?;
        done(self.0.file.flush())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let into = Uint8Array::new_with_length(out.len() as u32);
        let read = number(self.0.file.read(&into, &Self::at(offset)))?;
        if read != out.len() as f64 || into.length() as usize != out.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        into.copy_to(out);
        Ok(())
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let written = number(self.0.file.write(&Uint8Array::from(data), &Self::at(offset)))?;
        if written == data.len() as f64 { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn shorten(&self, len: u64) -> io::Result<()> {
        done(self.0.file.truncate(len as f64))?;
        done(self.0.file.flush())
    }
}

impl std::fmt::Debug for PageFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageFile")
    }
}

impl redb::StorageBackend for PageFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.size()?.saturating_sub(BEGIN))
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.read_at(BEGIN + offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        done(self.0.file.truncate((BEGIN + len) as f64))
    }
    fn sync_data(&self) -> io::Result<()> {
        done(self.0.file.flush())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.write_at(BEGIN + offset, data)
    }
    fn close(&self) -> io::Result<()> {
        self.0.close()
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
        // What is no promise is one of itself.
        let came = JsFuture::from(Promise::resolve(&coming)).await.map_err(|thrown| failed(&thrown))?;
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

fn bytes(answered: Result<JsValue, JsValue>) -> Result<Vec<u8>, KeyError> {
    let bytes = answered.map_err(key_error)?.dyn_into::<Uint8Array>();
    bytes.map(|bytes| bytes.to_vec()).map_err(|_| KeyError::Failed { reason: "it answered with no bytes".into() })
}

impl crate::KeyStore for PageKeys {
    fn public_key(&self) -> Result<Vec<u8>, KeyError> {
        bytes(self.0.public_key())
    }
    fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyError> {
        bytes(self.0.sign(&Uint8Array::from(message.as_slice())))
    }
    fn storage_key(&self) -> Result<Vec<u8>, KeyError> {
        bytes(self.0.storage_key())
    }
    fn forget(&self) -> Result<(), KeyError> {
        let answered = self.0.forget().map_err(key_error)?;
        if answered.is_undefined() {
            return Ok(());
        }
        Err(KeyError::Failed { reason: "it answered before it was done".into() })
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
