//! A device that its owner has lost: shut out for good, and told to delete what it keeps.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth, as the table is: the moment stands in the order to wipe, and in what the person's book says of the device.
        m.alter_table(Table::alter().table("device").add_column(big_integer_null("lost_at")).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
