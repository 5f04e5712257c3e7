//! Rows as leaves of the journal's tree (RFC 6962).
//!
//! Invariant: a leaf is spelled from the very values that its row stores, so
//! what is hashed as it is written is hashed again as it is read back.

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Rows};
use tlog::{Frontier, Hash, Head, PublicKey, Value, VerifierKey};

use super::fault::Fault;

/// Every head that was kept, of starts and stops and of witnesses.
const HEADS: &str =
    "SELECT size, root FROM head UNION SELECT size, root FROM cosigned ORDER BY size";

/// The tree over the rows, and the key that signs its heads.
pub(super) struct Tree {
    birth: Hash,
    frontier: Frontier,
    log: VerifierKey,
    pair: Ed25519KeyPair,
}

/// A head that the log's key signed: what a witness is shown.
pub(crate) struct Signed {
    pub(crate) log: String,
    pub(crate) root: String,
    /// The signature's line of the C2SP note, without its newline.
    pub(crate) line: String,
}

impl Tree {
    /// The tree of the journal whose row of birth this is: its values stand
    /// before each leaf, so a journal that is given another birth is broken.
    pub(super) fn born(birth: &Row<'_>) -> Result<Self, Fault> {
        let values = row_values(birth, birth.as_ref().column_count())?;
        let spelled = tlog::record(&tlog::EMPTY_ROOT, values);
        let (id, seed): ([u8; 16], [u8; 32]) = (birth.get(0)?, birth.get(3)?);
        let no_key = Fault::Corrupt("its log key");
        let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(&seed) else {
            return Err(no_key);
        };
        let public = pair.public_key().as_ref().try_into().ok();
        let log = public
            .and_then(PublicKey::new)
            .and_then(|public| VerifierKey::new(&tlog::origin(&id), public));
        Ok(Self {
            birth: tlog::leaf_hash(&spelled),
            frontier: Frontier::new(),
            log: log.ok_or(no_key)?,
            pair,
        })
    }

    /// The head, signed. Only what is on disk may be in the tree by now.
    pub(super) fn signed(&self) -> Signed {
        let head = Head {
            origin: self.log.name().to_owned(),
            size: self.size(),
            root: self.root(),
        };
        let signature = self.pair.sign(head.text().as_bytes());
        let line = tlog::signature_line(self.log.name(), self.log.id(), signature.as_ref());
        Signed {
            log: self.log.to_string(),
            root: head.root.to_base64(),
            line: line.trim_end().to_owned(),
        }
    }

    /// The key that heads are signed by.
    pub(super) const fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// The hash of a row, whose last column is its top.
    pub(super) fn hash(&self, row: &Row<'_>) -> Result<Hash, Fault> {
        let last = row.as_ref().column_count().saturating_sub(1);
        let spelled = tlog::record(&self.birth, row_values(row, last)?);
        Ok(tlog::leaf_hash(&spelled))
    }

    pub(super) const fn size(&self) -> u64 {
        self.frontier.size()
    }

    pub(super) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Takes a row that is about to be written; its top.
    pub(super) fn append(&mut self, row: &[ToSqlOutput<'_>]) -> Result<Hash, Fault> {
        let values: Vec<Value<'_>> = row.iter().map(written).collect::<Result<_, _>>()?;
        self.grow(values)
    }

    /// Takes a row that is read back, whose last column must be its top.
    pub(super) fn reread(&mut self, row: &Row<'_>) -> Result<(), Fault> {
        let leaf = self.size();
        let last = row.as_ref().column_count().saturating_sub(1);
        let stored: [u8; 32] = row.get(last)?;
        let top = self.grow(row_values(row, last)?)?;
        if top == Hash(stored) {
            Ok(())
        } else {
            Err(Fault::Altered(leaf))
        }
    }

    fn grow(&mut self, values: Vec<Value<'_>>) -> Result<Hash, Fault> {
        let leaf = tlog::leaf_hash(&tlog::record(&self.birth, values));
        self.frontier
            .append(leaf)
            .ok_or(Fault::Corrupt("a tree without room"))
    }
}

/// Heads that were true once, the smallest first.
pub(super) struct Heads(std::iter::Peekable<std::vec::IntoIter<(u64, [u8; 32])>>);

impl Heads {
    pub(super) fn read(db: &Connection) -> Result<Self, Fault> {
        let mut query = db.prepare(HEADS)?;
        let mut rows: Rows<'_> = query.query([])?;
        let mut heads = Vec::new();
        while let Some(r) = rows.next()? {
            heads.push((r.get(0)?, r.get(1)?));
        }
        Ok(Self(heads.into_iter().peekable()))
    }

    /// Holds the tree against the head of its size, if there is one.
    pub(super) fn check(&mut self, tree: &Tree) -> Result<(), Fault> {
        match self.0.next_if(|(size, _)| *size == tree.size()) {
            Some((size, root)) if tree.root() != Hash(root) => Err(Fault::Rewritten(size)),
            Some(_) | None => Ok(()),
        }
    }

    /// When all rows were read: none may be missing at the end.
    pub(super) fn end(mut self, tree: &Tree) -> Result<(), Fault> {
        match self.0.next() {
            None => Ok(()),
            Some((size, _)) => Err(Fault::Missing {
                from: tree.size(),
                to: size,
            }),
        }
    }
}

/// Writes down that the leaves so far come to this head.
pub(super) fn keep_head(db: &Connection, tree: &Tree) -> Result<(), Fault> {
    let size = i64::try_from(tree.size()).map_err(|_ignored| Fault::Corrupt("a size"))?;
    db.prepare_cached("INSERT OR IGNORE INTO head (size, root) VALUES (?1, ?2)")?
        .execute((size, tree.root().0))?;
    Ok(())
}

fn row_values<'a>(row: &'a Row<'_>, count: usize) -> Result<Vec<Value<'a>>, Fault> {
    (0..count)
        .map(|column| stored(row.get_ref(column)?))
        .collect()
}

fn written<'a>(value: &'a ToSqlOutput<'_>) -> Result<Value<'a>, Fault> {
    match value {
        ToSqlOutput::Borrowed(value) => stored(*value),
        ToSqlOutput::Owned(value) => stored(ValueRef::from(value)),
        _ => Err(Fault::Corrupt("a value of a kind that no row has")),
    }
}

const fn stored(value: ValueRef<'_>) -> Result<Value<'_>, Fault> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Integer(number)),
        ValueRef::Text(bytes) => Ok(Value::Text(bytes)),
        ValueRef::Blob(bytes) => Ok(Value::Blob(bytes)),
        ValueRef::Real(_) => Err(Fault::Corrupt("a number that is no whole one")),
    }
}
