//! What the browser came back with (RFC 6749 §4.1.2, RFC 9207).

use crate::error::Error;
use dossier::sentence::Sentence;
use form_urlencoded::parse;

/// Prints nothing: a code opens a door.
pub(super) struct Callback {
    pub(super) state: String,
    pub(super) iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

impl Callback {
    /// `None` where it is no such address: without a state, without a code or an error, with more around it than an address has, or
    /// where a parameter stands twice: of two, one program would believe the first and another the last.
    pub(super) fn read(address: &str) -> Option<Self> {
        let address = address.trim();
        if address.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '"')) {
            return None;
        }
        let query = address.split_once('?')?.1.split('#').next()?;
        let once = |name: &str| {
            let mut found = parse(query.as_bytes()).filter(|(n, _)| n == name).map(|(_, value)| value.into_owned());
            let first = found.next();
            if found.next().is_some() { Err(()) } else { Ok(first.filter(|value| !value.is_empty())) }
        };
        let (state, code, error) = (once("state").ok()??, once("code").ok()?, once("error").ok()?);
        (code.is_some() || error.is_some()).then_some(Self { state, iss: once("iss").ok()?, code, error })
    }

    /// The code, or what was said in its place.
    pub(super) fn code(&self) -> Result<&str, Error> {
        match (&self.error, &self.code) {
            (None, Some(code)) => Ok(code),
            (Some(error), _) if error == "access_denied" => {
                Err(Error::refused("sign_in_cancelled", Sentence::new("refused-sign-in-cancelled")))
            }
            (said, _) => {
                // A code for people and programs is short and plain, whoever sent it.
                let plain = |c: &char| c.is_ascii_lowercase() || *c == '_';
                let said: String = said.iter().flat_map(|s| s.chars()).filter(plain).take(40).collect();
                let said = if said.is_empty() { "unknown".to_owned() } else { said };
                Err(Error::refused("sign_in_failed", Sentence::new("refused-sign-in-failed").with("code", said)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn a_callback_gives_its_parameters_as_they_were_meant() {
        let back = Callback::read(" hoso://signed-in?code=a%2Fb%2B+c&state=xyz&iss=https%3A%2F%2Fid.example#frag\n");
        let back = back.unwrap();
        assert_eq!((back.code().unwrap(), back.state.as_str()), ("a/b+ c", "xyz"));
        assert_eq!(back.iss.as_deref(), Some("https://id.example"));
        let bare = Callback::read("http://127.0.0.1:1/demo/signed-in?state=x&code=y").unwrap();
        assert!(bare.iss.is_none() && bare.code().is_ok());
    }

    #[test]
    fn what_is_no_callback_is_none() {
        for bad in [
            "",
            "hoso://signed-in",
            "hoso://signed-in?code=a",
            "hoso://signed-in?state=&code=a",
            "hoso://signed-in?state=x&state=y&code=a",
            "hoso://signed-in?state=x&code=a&code=b",
            "hoso://signed-in?state=x&code=a&iss=b&iss=b",
            "hoso://signed-in#state=x&code=a",
            // What was begun with, and a line with the address in it.
            "https://id.example/auth?client_id=a&state=x",
            "hoso://signed-in?state=x&code=",
            "phone finish-sign-in 'hoso://signed-in?state=x&code=a'",
            "'hoso://signed-in?state=x&code=a'",
        ] {
            assert!(Callback::read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn an_error_is_told_for_what_it_is() {
        let told = |query: &str| Callback::read(&format!("x?state=s&{query}")).unwrap().code().map(str::to_owned);
        let cancelled = told("error=access_denied&error_description=x").unwrap_err();
        assert_eq!(cancelled.code(), "sign_in_cancelled");
        assert!(cancelled.message(Language::English).starts_with("You cancelled"));
        for query in ["error=server_error", "error=%3Cscript%3E", "error=%3C", "error=access_denied2", "error=x&code=y"]
        {
            let failed = told(query).unwrap_err();
            assert_eq!(failed.code(), "sign_in_failed", "{query}");
            assert!(!failed.message(Language::English).contains('<'));
        }
    }
}
