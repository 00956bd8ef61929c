//! Why a change may not enter. The codes are stable: they travel, they are stored, and tests name them.

use crate::ids::ChangeHash;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// More than 64 KiB.
    TooLarge,
    /// Not a change chunk: a whole document, a bundle, or no chunk at all.
    NotAChange,
    /// A deflated chunk or column: its real size is unknown.
    Compressed,
    Malformed,
    TooManyOperations,
    TooManyPredecessors,
    TooManyDependencies,
    TooManyActors,
    /// A change without operations.
    Empty,
    Message,
    Time,
    /// Bytes behind the last column, where a library of another version keeps an author.
    ExtraBytes,
    /// Decoded and encoded again it is other bytes, so a document that holds it would not load.
    NotCanonical,
    /// Not an actor of the device that pushes.
    Actor,
    /// It is in the dossier already.
    Already,
    /// It stands on a change that is not here.
    MissingDependency(ChangeHash),
    /// Other content for a sequence number that is taken; the line's last number and hash.
    Forked {
        seq: u64,
        tip: ChangeHash,
    },
    SequenceGap,
    /// The actor's own previous change is not among its ancestors, so it would use operation ids twice.
    OwnPreviousMissing,
    /// The same dependency twice.
    Dependencies,
    /// Its first operation is not one more than the highest of its ancestry.
    StartOp,
    /// A counter that no dossier reaches.
    Counter,
    /// The dossier has reached its limits.
    DossierFull,
    /// An operation on the root map.
    RootWrite,
    /// An operation on an object that genesis did not make.
    UnknownObject,
    ObjectMade,
    List,
    CounterValue,
    Mark,
    /// A scalar that is neither text, whole number nor yes/no, or not of its map.
    ValueKind,
    TextTooLong,
    /// Not a key of its map.
    Key,
    /// The same key twice in one change.
    KeyTwice,
    /// A field or component that the procedure does not have.
    NotInCatalogue,
    /// The dossier is not open for this edit now.
    Locked,
    /// A predecessor that is no value of the same map and key among the ancestors, or one named twice.
    Predecessor,
    /// A deletion that deletes nothing.
    DeletesNothing,
    Paper,
    Act,
    /// An act together with anything else.
    ActNotAlone,
    /// A deletion or replacement of an act.
    ActChanged,
    /// An act of this id is here already.
    ActRepeated,
    /// The document library panicked while it read the change. The prescan is to leave nothing that does this.
    Panicked,
    /// The trial failed: the document library refused it, or panicked, or did not load what it had saved.
    Trial,
}

impl Refusal {
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NotAChange => "not_a_change",
            Self::Compressed => "compressed",
            Self::Malformed => "malformed",
            Self::TooManyOperations => "too_many_operations",
            Self::TooManyPredecessors => "too_many_predecessors",
            Self::TooManyDependencies => "too_many_dependencies",
            Self::TooManyActors => "too_many_actors",
            Self::Empty => "empty",
            Self::Message => "message",
            Self::Time => "time",
            Self::ExtraBytes => "extra_bytes",
            Self::NotCanonical => "not_canonical",
            Self::Actor => "actor",
            Self::Already => "already",
            Self::MissingDependency(_) => "missing_dependency",
            Self::Forked { .. } => "forked",
            Self::SequenceGap => "sequence_gap",
            Self::OwnPreviousMissing => "own_previous_missing",
            Self::Dependencies => "dependencies",
            Self::StartOp => "start_op",
            Self::Counter => "counter",
            Self::DossierFull => "dossier_full",
            Self::RootWrite => "root_write",
            Self::UnknownObject => "unknown_object",
            Self::ObjectMade => "object_made",
            Self::List => "list",
            Self::CounterValue => "counter_value",
            Self::Mark => "mark",
            Self::ValueKind => "value_kind",
            Self::TextTooLong => "text_too_long",
            Self::Key => "key",
            Self::KeyTwice => "key_twice",
            Self::NotInCatalogue => "not_in_catalogue",
            Self::Locked => "locked",
            Self::Predecessor => "predecessor",
            Self::DeletesNothing => "deletes_nothing",
            Self::Paper => "paper",
            Self::Act => "act",
            Self::ActNotAlone => "act_not_alone",
            Self::ActChanged => "act_changed",
            Self::ActRepeated => "act_repeated",
            Self::Panicked => "panicked",
            Self::Trial => "trial",
        }
    }

    /// Our client cannot produce it. What an honest phone can meet (a full dossier, an older catalogue, a restored
    /// backup, a lost server, an edit too large) is none, and neither a
    /// failed trial nor a panic is one: the fault may be ours.
    pub fn is_attack(&self) -> bool {
        !matches!(
            self,
            Self::TooLarge
                | Self::Already
                | Self::MissingDependency(_)
                | Self::Forked { .. }
                | Self::DossierFull
                | Self::TextTooLong
                | Self::TooManyOperations
                | Self::TooManyActors
                | Self::NotInCatalogue
                | Self::Locked
                | Self::ActRepeated
                | Self::Panicked
                | Self::Trial
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl std::error::Error for Refusal {}
