import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In the SQL that SQLite and PostgreSQL share. */
export class ConfigRevisions1764201600000 implements MigrationInterface {
  readonly name = 'ConfigRevisions1764201600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE config_revisions (
      file text NOT NULL,
      number integer NOT NULL,
      created text NOT NULL,
      origin text NOT NULL,
      user_name text NOT NULL,
      address text NOT NULL,
      detail text NOT NULL,
      base_patch text,
      document_patch text,
      snapshot text,
      PRIMARY KEY (file, number)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE config_revisions');
  }
}
