//! Statements that are sent together. Each statement alone is a way to SQLite's thread and back, which costs more than
//! most of them do there (measured: a third of a commit's CPU time was threads waking each other).

use super::Failed;
use sea_orm::sea_query::Values;
use sea_orm::{ConnectionTrait, DbBackend, Statement, StatementBuilder};

/// Statements to be run in their order, inside the caller's transaction. What they return is not read.
#[derive(Default)]
pub(crate) struct Batch(Vec<Box<dyn FnOnce(DbBackend) -> Statement + Send>>);

impl Batch {
    pub(crate) fn add(&mut self, statement: impl StatementBuilder + Send + 'static) {
        self.0.push(Box::new(move |backend| backend.build(&statement)));
    }

    /// Runs them all. A key that is taken means that somebody else was first.
    pub(crate) async fn run(self, db: &impl ConnectionTrait) -> Result<(), Failed> {
        let backend = db.get_database_backend();
        let statements = self.0.into_iter().map(|build| build(backend));
        for statement in together(backend, statements.collect()) {
            db.execute_raw(statement).await.map_err(Failed::stale_if_taken)?;
        }
        Ok(())
    }
}

/// SQLite takes several statements with their values as one; PostgreSQL's protocol does not.
fn together(backend: DbBackend, statements: Vec<Statement>) -> Vec<Statement> {
    if backend != DbBackend::Sqlite || statements.is_empty() {
        return statements;
    }
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for statement in statements {
        texts.push(statement.sql);
        values.extend(statement.values.map_or_else(Vec::new, |values| values.0));
    }
    vec![Statement { sql: texts.join(";\n"), values: Some(Values(values)), db_backend: backend }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::server;
    use crate::store::entity::audience;
    use sea_orm::{EntityTrait as _, QueryTrait as _, Set};

    fn audience(n: i64) -> impl StatementBuilder + Send + 'static {
        let person = Set(uuid::Uuid::from_u128(n as u128));
        audience::Entity::insert(audience::ActiveModel { person, n: Set(n) }).into_query()
    }

    async fn run(app: &crate::app::App, numbers: &[i64]) -> Result<(), Failed> {
        let mut batch = Batch::default();
        numbers.iter().for_each(|n| batch.add(audience(*n)));
        batch.run(&app.db.write).await
    }

    #[tokio::test]
    async fn each_statement_of_a_batch_runs_with_its_own_values() {
        let (_dir, app) = server().await;
        run(&app, &[]).await.unwrap();
        run(&app, &[1, 2, 3]).await.unwrap();
        let mut rows = audience::Entity::find().all(&app.db.read).await.unwrap();
        rows.sort_by_key(|row| row.n);
        assert!(rows.iter().map(|row| (row.person.as_u128(), row.n)).eq([(1, 1), (2, 2), (3, 3)]));
        assert!(matches!(run(&app, &[4, 2]).await, Err(Failed::Stale)), "the second key is taken");
    }
}
