//! Settings of the identity provider that citizens sign in at: the table `[provider]`, and `HOSO_PROVIDER_*`.

use super::ConfigError;
use jsonwebtoken::Algorithm;
use reqwest::Url;
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Provider {
    /// Its name, to the letter; the address of what it says of itself follows from it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// Read at the start, in place of `client_secret`.
    pub client_secret_file: Option<PathBuf>,
    /// Where the browser may come back to, as registered at the provider; the first is that of an app that names none.
    pub redirect_uris: Vec<String>,
    /// Beside `openid`.
    pub scopes: Vec<String>,
    /// What is asked for in `acr_values`, where the provider wants to be asked.
    pub acr_values: Option<String>,
    /// What ID tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// Certificates (PEM) that are trusted beside the system's, for a provider with an authority of its own.
    pub ca_file: Option<PathBuf>,
    /// The lowest level of assurance that is let in. Level 2 is that of a card seen and a face compared; level 1 is
    /// whoever fills in a form.
    pub minimum_assurance: u8,
    pub claims: Claims,
}

/// What the provider calls what is needed; by default as the national portal does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Claims {
    pub number: String,
    pub name: String,
    /// The first that is there counts.
    pub birth: Vec<String>,
    /// The provider's own name for the person; `sub` where it is not there.
    pub subject: String,
    pub assurance: String,
    /// Tells people from organisations; empty where the provider knows people only.
    pub account_type: String,
    /// Its value for a person, and for an organisation.
    pub citizen: String,
    pub organisation: String,
}

/// A text that nobody is shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        // The library's own error would repeat a value that is no text.
        match toml::Value::deserialize(input) {
            Ok(toml::Value::String(text)) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("expected a text")),
        }
    }
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: Secret::default(),
            client_secret_file: None,
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
            acr_values: None,
            algorithms: vec![Algorithm::RS256, Algorithm::PS256, Algorithm::ES256],
            ca_file: None,
            minimum_assurance: 2,
            claims: Claims::default(),
        }
    }
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            number: "SoDinhDanh".into(),
            name: "HoVaTen".into(),
            birth: vec!["NgaySinh".into(), "NgayThangNamSinh".into()],
            subject: "TechID".into(),
            assurance: "loAs".into(),
            account_type: "LoaiTaiKhoan".into(),
            citizen: "1".into(),
            organisation: "2".into(),
        }
    }
}

/// Algorithms of which everybody may know the key that checks.
const PUBLIC: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a variable sets, after `HOSO_PROVIDER_`. Lists have spaces between their values.
pub(super) fn set(provider: &mut Provider, name: &str, value: &str) -> Result<(), String> {
    let list = || value.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let text = || value.to_owned();
    let claims = &mut provider.claims;
    match name {
        "ISSUER" => provider.issuer = text(),
        "CLIENT_ID" => provider.client_id = text(),
        "CLIENT_SECRET" => provider.client_secret = Secret(text()),
        "CLIENT_SECRET_FILE" => provider.client_secret_file = Some(value.into()),
        "REDIRECT_URIS" => provider.redirect_uris = list(),
        "SCOPES" => provider.scopes = list(),
        "ACR_VALUES" => provider.acr_values = Some(text()),
        "ALGORITHMS" => {
            let read = |name: String| name.parse().map_err(|_| "it names no algorithm".to_owned());
            provider.algorithms = list().into_iter().map(read).collect::<Result<_, _>>()?;
        }
        "CA_FILE" => provider.ca_file = Some(value.into()),
        "MINIMUM_ASSURANCE" => {
            provider.minimum_assurance =
                value.parse().map_err(|_| "it must be a whole number from 1 to 9".to_owned())?;
        }
        "CLAIMS_NUMBER" => claims.number = text(),
        "CLAIMS_NAME" => claims.name = text(),
        "CLAIMS_BIRTH" => claims.birth = list(),
        "CLAIMS_SUBJECT" => claims.subject = text(),
        "CLAIMS_ASSURANCE" => claims.assurance = text(),
        "CLAIMS_ACCOUNT_TYPE" => claims.account_type = text(),
        "CLAIMS_CITIZEN" => claims.citizen = text(),
        "CLAIMS_ORGANISATION" => claims.organisation = text(),
        _ => return Err("is not a setting of this program".into()),
    }
    Ok(())
}

impl Provider {
    /// Takes the secret out of its file.
    pub(super) fn read_secret(&mut self) -> Result<(), ConfigError> {
        let Some(file) = &self.client_secret_file else { return Ok(()) };
        if !self.client_secret.0.is_empty() {
            return wrong("provider.client_secret_file", "…", "`client_secret` is given too; one of them is enough");
        }
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|e| ConfigError::File { file: file.clone(), cause: e.to_string() })?;
        self.client_secret = Secret(text.trim_end_matches(['\r', '\n']).to_owned());
        Ok(())
    }

    /// Whether it can be worked with.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !is_issuer(&self.issuer) {
            let cause = "it must be an https:// address without query and fragment (http:// on this machine only)";
            return wrong("provider.issuer", &self.issuer, cause);
        }
        if self.client_id.is_empty() {
            return wrong("provider.client_id", "", "it is missing");
        }
        if self.client_secret.0.is_empty() {
            return wrong("provider.client_secret", "", "it is missing; `client_secret_file` can hold it");
        }
        if self.redirect_uris.is_empty() {
            return wrong("provider.redirect_uris", "", "there must be one, as registered at the provider");
        }
        if let Some(bad) = self.redirect_uris.iter().find(|uri| !is_redirect(uri)) {
            let cause = "it must be a whole address without fragment: https://, one of an app's own, or http:// on the \
                         person's own machine";
            return wrong("provider.redirect_uris", bad, cause);
        }
        if let Some(bad) = self.algorithms.iter().find(|algorithm| !PUBLIC.contains(algorithm)) {
            let cause = "it must be one with a public key: who checks another one can make it";
            return wrong("provider.algorithms", &format!("{bad:?}"), cause);
        }
        if self.algorithms.is_empty() {
            return wrong("provider.algorithms", "", "there must be one");
        }
        if !(1..=9).contains(&self.minimum_assurance) {
            let value = self.minimum_assurance.to_string();
            return wrong("provider.minimum_assurance", &value, "it must be a whole number from 1 to 9");
        }
        let Claims { number, name, subject, assurance, .. } = &self.claims;
        let names = [
            ("provider.claims.number", number),
            ("provider.claims.name", name),
            ("provider.claims.subject", subject),
            ("provider.claims.assurance", assurance),
        ];
        match names.into_iter().find(|(_, name)| name.is_empty()) {
            Some((setting, _)) => wrong(setting, "", "a claim has a name"),
            None => Ok(()),
        }
    }
}

fn wrong(name: &'static str, value: &str, cause: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Value { name, value: value.to_owned(), cause: cause.to_owned() })
}

/// An address that cannot be read on its way: TLS, or this very machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    (url.scheme() == "https" || url.scheme() == "http" && loopback)
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
}

fn is_issuer(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_safe(&url) && url.query().is_none() && url.fragment().is_none())
}

/// RFC 8252: an address of the app's own scheme, a claimed https address, or a port of the person's own machine. Schemes
/// that a browser runs or reads by itself are none of these.
fn is_redirect(text: &str) -> bool {
    const BROWSER: [&str; 8] = ["about", "blob", "data", "file", "ftp", "javascript", "vbscript", "ws"];
    Url::parse(text).is_ok_and(|url| {
        let web = ["http", "https"].contains(&url.scheme());
        url.fragment().is_none() && !BROWSER.contains(&url.scheme()) && (!web || is_safe(&url))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    const GOOD: &str = "[provider]\nissuer = \"https://id.example\"\nclient_id = \"hoso\"\nclient_secret = \"hunter2\"\n\
                        redirect_uris = [\"hoso://signed-in\"]\n";

    #[test]
    fn a_provider_needs_four_settings_and_has_the_portal_s_names_for_claims() {
        let config = read(GOOD, &[]).unwrap();
        let provider = config.provider.clone().unwrap();
        assert_eq!((provider.minimum_assurance, provider.claims.number.as_str()), (2, "SoDinhDanh"));
        assert!(!format!("{config:?}").contains("hunter2") && !config.summary().contains("hunter2"));
        assert!(config.summary().contains("https://id.example"));
        for missing in ["issuer", "client_id", "client_secret", "redirect_uris"] {
            let kept: Vec<&str> = GOOD.lines().filter(|line| !line.starts_with(&format!("{missing} "))).collect();
            let refused = read(&kept.join("\n"), &[]).unwrap_err().to_string();
            let variable = format!("HOSO_PROVIDER_{}", missing.to_uppercase());
            assert!(refused.contains(missing) && refused.contains(&variable), "{refused}");
        }
        assert!(read("", &[]).unwrap().provider.is_none());
    }

    #[test]
    fn variables_alone_make_a_provider_too() {
        let variables = [
            ("HOSO_PROVIDER_ISSUER", "https://id.example"),
            ("HOSO_PROVIDER_CLIENT_ID", "hoso"),
            ("HOSO_PROVIDER_CLIENT_SECRET", "hunter2"),
            ("HOSO_PROVIDER_REDIRECT_URIS", "hoso://signed-in https://app.example/in"),
            ("HOSO_PROVIDER_ALGORITHMS", "ES256 EdDSA"),
            ("HOSO_PROVIDER_MINIMUM_ASSURANCE", "3"),
            ("HOSO_PROVIDER_CLAIMS_NUMBER", "citizen_number"),
        ];
        let provider = read("", &variables).unwrap().provider.unwrap();
        assert_eq!(provider.redirect_uris, ["hoso://signed-in", "https://app.example/in"]);
        assert_eq!(provider.algorithms, [Algorithm::ES256, Algorithm::EdDSA]);
        assert_eq!((provider.minimum_assurance, provider.claims.number.as_str()), (3, "citizen_number"));
        for (name, value) in [
            ("HOSO_PROVIDER_ISUER", "x"),
            ("HOSO_PROVIDER_ALGORITHMS", "none"),
            ("HOSO_PROVIDER_MINIMUM_ASSURANCE", "x"),
        ] {
            let refused = read(GOOD, &[(name, value)]).unwrap_err().to_string();
            assert!(refused.contains(name), "{refused}");
        }
    }

    #[test]
    fn what_cannot_be_safe_is_refused_by_name() {
        let cases = [
            ("HOSO_PROVIDER_ISSUER", "http://id.example"),
            ("HOSO_PROVIDER_ISSUER", "https://id.example?x"),
            ("HOSO_PROVIDER_ISSUER", "https://id.example#x"),
            ("HOSO_PROVIDER_ISSUER", "https://me:hunter2@id.example"),
            ("HOSO_PROVIDER_ISSUER", "id.example"),
            ("HOSO_PROVIDER_REDIRECT_URIS", "javascript:alert(1)"),
            ("HOSO_PROVIDER_REDIRECT_URIS", "http://app.example/in"),
            ("HOSO_PROVIDER_REDIRECT_URIS", "https://app.example/in#x"),
            ("HOSO_PROVIDER_REDIRECT_URIS", "/in"),
            ("HOSO_PROVIDER_ALGORITHMS", "RS256 HS256"),
            ("HOSO_PROVIDER_ALGORITHMS", ""),
            ("HOSO_PROVIDER_MINIMUM_ASSURANCE", "0"),
            ("HOSO_PROVIDER_CLAIMS_ASSURANCE", ""),
        ];
        for (name, value) in cases {
            let refused = read(GOOD, &[(name, value)]).expect_err(value).to_string();
            assert!(refused.contains(name), "{value}: {refused}");
        }
        for good in ["http://127.0.0.1:1/x", "http://localhost", "https://id.example/realms/a"] {
            assert!(read(GOOD, &[("HOSO_PROVIDER_ISSUER", good)]).is_ok(), "{good}");
        }
        for good in ["vn.example.app:/in", "http://127.0.0.1:1/in", "https://app.example/in?x=1"] {
            assert!(read(GOOD, &[("HOSO_PROVIDER_REDIRECT_URIS", good)]).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_secret_comes_from_its_file_and_is_never_repeated() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, "hunter2\n").unwrap();
        let named = file.display().to_string();
        let both = read(GOOD, &[("HOSO_PROVIDER_CLIENT_SECRET_FILE", &named)]).unwrap_err().to_string();
        assert!(both.contains("client_secret_file") && !both.contains("hunter2"), "{both}");
        let without = GOOD.replace("client_secret = \"hunter2\"\n", "");
        let config = read(&without, &[("HOSO_PROVIDER_CLIENT_SECRET_FILE", &named)]).unwrap();
        assert_eq!(config.provider.unwrap().client_secret.0, "hunter2");
        let gone = read(&without, &[("HOSO_PROVIDER_CLIENT_SECRET_FILE", "/nowhere/secret")]).unwrap_err().to_string();
        assert!(gone.contains("/nowhere/secret"), "{gone}");
        let number = GOOD.replace("\"hunter2\"", "1234567");
        let refused = read(&number, &[]).unwrap_err().to_string();
        assert!(refused.contains("client_secret") && !refused.contains("1234567"), "{refused}");
    }
}
