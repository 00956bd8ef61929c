//! As much of a browser as signing in needs: it keeps cookies, follows redirects, fills in forms, and ends where the address
//! is an app's.

use std::collections::BTreeMap;

pub(super) struct Browser {
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
    cookies: BTreeMap<String, String>,
}

/// Where the browser is.
pub(super) enum Place {
    Page(Page),
    /// An app's own address, with which the system would open the app.
    App(String),
}

pub(super) struct Page {
    url: reqwest::Url,
    pub(super) html: String,
}

impl Browser {
    pub(super) fn new() -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        Self { client: client.expect("a client is built"), runtime, cookies: BTreeMap::new() }
    }

    pub(super) fn open(&mut self, url: &str) -> Place {
        let url = reqwest::Url::parse(url).expect("an address");
        let request = self.client.get(url.clone());
        self.go(url, request)
    }

    /// Presses a button of the page's form, with what was filled in beside the form's own hidden fields.
    pub(super) fn press(&mut self, page: &Page, filled: &[(&str, &str)]) -> Place {
        let action = attribute(&page.html, "<form", "action").expect("the page has a form");
        let url = page.url.join(&action).expect("an address");
        let mut form = form_urlencoded::Serializer::new(String::new());
        for input in page.html.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\"")) {
            let of = |name| attribute(&format!("<input{input}"), "<input", name).unwrap_or_default();
            form.append_pair(&of("name"), &of("value"));
        }
        form.extend_pairs(filled);
        let request = self.client.post(url.clone()).header("Content-Type", "application/x-www-form-urlencoded");
        let request = request.body(form.finish());
        self.go(url, request)
    }

    /// Follows the page's link whose address ends so.
    pub(super) fn follow(&mut self, page: &Page, ending: &str) -> Place {
        let links = page.html.split("<a ").skip(1).filter_map(|link| attribute(&format!("<a {link}"), "<a ", "href"));
        let link = links.into_iter().find(|href| href.ends_with(ending)).expect("the page has the link");
        self.open(page.url.join(&link).expect("an address").as_str())
    }

    fn go(&mut self, mut url: reqwest::Url, mut request: reqwest::RequestBuilder) -> Place {
        for _ in 0..10 {
            let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let sent = request.header("Cookie", jar.join("; ")).header("Accept", "text/html").send();
            let (status, headers, html) = self.runtime.block_on(async {
                let answer = sent.await.expect("the page answers");
                let (status, headers) = (answer.status(), answer.headers().clone());
                (status, headers, answer.text().await.expect("a text"))
            });
            self.remember(&headers);
            let Some(next) = headers.get("location").filter(|_| status.is_redirection()) else {
                assert_eq!(status, 200, "{url}: {html}");
                return Place::Page(Page { url, html });
            };
            url = url.join(next.to_str().expect("an address")).expect("an address");
            if !url.scheme().starts_with("http") {
                return Place::App(url.into());
            }
            request = self.client.get(url.clone());
        }
        panic!("redirected without end");
    }

    fn remember(&mut self, headers: &reqwest::header::HeaderMap) {
        for cookie in headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let Some((name, value)) = cookie.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            match value {
                "" => self.cookies.remove(name),
                _ => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}

impl Place {
    pub(super) fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::App(address) => panic!("a page was expected: {address}"),
        }
    }

    pub(super) fn app(self) -> String {
        match self {
            Self::App(address) => address,
            Self::Page(page) => panic!("an app was expected: {}\n{}", page.url, page.html),
        }
    }
}

/// The value of an attribute of the first element that begins so.
fn attribute(html: &str, element: &str, name: &str) -> Option<String> {
    let element = html.split_once(element)?.1.split('>').next()?;
    let value = element.split_once(&format!("{name}=\""))?.1.split('"').next()?;
    let entities = [("&amp;", "&"), ("&#38;", "&"), ("&#39;", "'"), ("&quot;", "\""), ("&#34;", "\"")];
    Some(entities.iter().fold(value.to_owned(), |text, (entity, letter)| text.replace(entity, letter)))
}
