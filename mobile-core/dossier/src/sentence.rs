//! Every sentence that people read: an id and its arguments, said in Vietnamese or English from the bundles under
//! `data/sentences`, one file for an area. What decides returns a `Sentence`; what shows says it.

use crate::carried::{carried, text};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::fmt;
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

const IN_VIETNAMESE: &[u8] = carried!("vi");
const IN_ENGLISH: &[u8] = carried!("en");

#[derive(Clone, PartialEq, Eq)]
pub struct Sentence {
    pub id: &'static str,
    pub args: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Vietnamese,
    English,
}

impl Sentence {
    pub fn new(id: &'static str) -> Self {
        Self { id, args: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// The sentence as people read it. An id without a sentence is said as itself: ugly, but never silent.
    pub fn say(&self, language: Language) -> String {
        let bundle = language.bundle();
        let Some(pattern) = bundle.get_message(self.id).and_then(|message| message.value()) else {
            return self.id.to_owned();
        };
        let mut args = FluentArgs::new();
        for (name, value) in &self.args {
            args.set(*name, as_fluent(value));
        }
        bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

/// Arguments may be what a citizen wrote; the id alone is safe to log.
impl fmt::Debug for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sentence({})", self.id)
    }
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Vietnamese, Self::English];

    /// The BCP 47 tag, as in `lang="vi"`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        static VIETNAMESE: LazyLock<FluentBundle<FluentResource>> =
            LazyLock::new(|| build(Language::Vietnamese, IN_VIETNAMESE));
        static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| build(Language::English, IN_ENGLISH));
        match self {
            Self::Vietnamese => &VIETNAMESE,
            Self::English => &ENGLISH,
        }
    }
}

/// A whole number becomes a number, so that a sentence can choose between "day" and "days"; everything else, and what
/// only looks like a number (a code with leading zeros), stays the text that it is.
fn as_fluent(value: &str) -> FluentValue<'_> {
    match value.parse::<u32>() {
        Ok(number) if number.to_string() == value => FluentValue::from(number),
        _ => FluentValue::from(value),
    }
}

fn build(language: Language, packed: &[u8]) -> FluentBundle<FluentResource> {
    let tag: LanguageIdentifier = language.tag().parse().expect("the two tags are valid BCP 47");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Invisible marks around arguments would end up in copied codes and in SMS.
    bundle.set_use_isolating(false);
    let resource =
        FluentResource::try_new(text(packed)).expect("the sentences are part of the program, and a test parses them");
    bundle.add_resource(resource).expect("a test finds an id that is given twice");
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    /// All that is said in a language.
    fn all(packed: &[u8]) -> &'static str {
        text(packed).leak()
    }

    /// Every message of a text with the names of its arguments.
    fn messages(text: &'static str) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut found = BTreeMap::<_, BTreeSet<_>>::new();
        let mut current = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                let id = line.split(" =").next().expect("split yields at least one part");
                assert!(found.insert(id, BTreeSet::new()).is_none(), "{id} is given twice");
                current = Some(id);
            }
            let names = line.split('$').skip(1).map(|rest| {
                rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next().unwrap_or_default()
            });
            if let Some(id) = current {
                found.get_mut(id).expect("just inserted").extend(names);
            }
        }
        found
    }

    /// The sources and templates that may say sentences.
    fn sources() -> String {
        let mut text = String::new();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["src", "../src", "../../server/src", "../../server/web/templates"] {
            read_all(&here.join(folder), &mut text);
        }
        text
    }

    fn read_all(folder: &Path, text: &mut String) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.expect("a readable source folder").path()) {
            if path.is_dir() {
                read_all(&path, text);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
                text.push_str(&fs::read_to_string(&path).expect("a readable source file"));
            }
        }
    }

    /// Whether a text looks like an id: small letters, digits and hyphens behind a first word that begins one.
    fn is_shaped_like(text: &str, known: &BTreeMap<&str, BTreeSet<&str>>) -> bool {
        let Some((first, rest)) = text.split_once('-') else { return false };
        let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let begins = || known.keys().any(|id| id.split('-').next() == Some(first));
        !rest.is_empty() && plain(rest) && begins()
    }

    #[test]
    fn both_languages_say_the_same_sentences_with_the_same_arguments() {
        for language in Language::ALL {
            assert!(language.bundle().has_message("status-draft"), "the bundle of {language:?} can be built");
        }
        let (vietnamese, english) = (messages(all(IN_VIETNAMESE)), messages(all(IN_ENGLISH)));
        for (id, arguments) in &vietnamese {
            assert_eq!(Some(arguments), english.get(id), "{id} differs between the languages");
        }
        let only_english: Vec<_> = english.keys().filter(|id| !vietnamese.contains_key(*id)).collect();
        assert!(only_english.is_empty(), "missing in Vietnamese: {only_english:?}");
    }

    #[test]
    fn every_sentence_is_used_and_every_used_sentence_exists() {
        let (sources, known) = (sources(), messages(all(IN_VIETNAMESE)));
        // One that stands inside another is said with it.
        let within = |id: &str| all(IN_VIETNAMESE).contains(&format!("{{ {id} }}"));
        let unused: Vec<_> = known.keys().filter(|id| !sources.contains(&format!("\"{id}\"")) && !within(id)).collect();
        assert!(unused.is_empty(), "no code says {unused:?}");
        // An id is often said elsewhere than where its sentence is made: every text of that shape must be one.
        let said = sources.split(concat!("Sentence::", "new(\"")).skip(1).filter_map(|rest| rest.split('"').next());
        let shaped = sources.split('"').filter(|text| is_shaped_like(text, &known));
        let missing: BTreeSet<_> = said.chain(shaped).filter(|id| !known.contains_key(id)).collect();
        assert!(missing.is_empty(), "no file holds {missing:?}");
    }

    #[test]
    fn no_sentence_says_the_name_of_a_type() {
        // Two capitals with small letters between: `DossierId`. Keys of variants are not read by anybody.
        let joined = |word: &str| {
            word.chars().skip(1).any(|c| c.is_ascii_uppercase()) && word.contains(|c: char| c.is_ascii_lowercase())
        };
        let known = ["MiB", "KiB", "VNeID"];
        for line in [IN_VIETNAMESE, IN_ENGLISH]
            .into_iter()
            .flat_map(|packed| all(packed).lines())
            .filter(|l| !l.starts_with('#'))
        {
            let said =
                line.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(line, |(_, said)| said);
            let words = said.split(|c: char| !c.is_alphanumeric()).filter(|word| word.is_ascii());
            let names: Vec<&str> = words.filter(|word| joined(word) && !known.contains(word)).collect();
            assert!(names.is_empty(), "{names:?} in {line:?}");
        }
    }

    #[test]
    fn an_argument_stands_without_invisible_marks_and_keeps_its_zeros() {
        assert!(matches!(as_fluent("3"), FluentValue::Number(_)));
        assert!(matches!(as_fluent("031"), FluentValue::String(_)));
        let sentence = Sentence::new("refusal-too-early").with("until", "17:00 25/11/2026");
        for language in Language::ALL {
            let said = sentence.say(language);
            assert!(said.contains("17:00 25/11/2026") && !said.contains('\u{2068}'), "{said}");
        }
    }

    #[test]
    fn debug_output_shows_no_argument() {
        let sentence = Sentence::new("refusal-too-early").with("until", "secret");
        assert!(!format!("{sentence:?}").contains("secret"));
    }
}
