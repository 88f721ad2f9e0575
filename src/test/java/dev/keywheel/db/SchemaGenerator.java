package dev.keywheel.db;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.ForcedType;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;

/** Generates the typed schema from the migrations, on a temporary PostgreSQL. */
public final class SchemaGenerator {
  /** The tables whose rows the code reads or writes through the methods of a generated record. */
  private static final String TABLES_WITH_RECORDS =
      "audit_checks|batch_selections|bulk_edits|gateway_aliases|gateway_tokens|key_imports"
          + "|retention_progress|sign_in_challenges|users";

  private SchemaGenerator() {}

  /**
   * @param args the folder of the migrations, and the output folder
   */
  public static void main(String[] args) throws Exception {
    generate(Path.of(args[0]), Path.of(args[1]));
  }

  static void generate(Path migrations, Path target) throws Exception {
    try (var postgres = EmbeddedPostgres.builder().start()) {
      Migrations.configuration("filesystem:" + migrations)
          .dataSource(postgres.getPostgresDatabase())
          .load()
          .migrate();
      GenerationTool.generate(
          new Configuration()
              .withLogging(Logging.WARN)
              .withJdbc(new Jdbc().withUrl(postgres.getJdbcUrl("postgres", "postgres")))
              .withGenerator(
                  new Generator()
                      .withDatabase(database())
                      .withGenerate(
                          new Generate()
                              .withRecords(true)
                              .withRecordsIncludes(TABLES_WITH_RECORDS)
                              .withPojos(false)
                              .withComments(false)
                              .withJavadoc(false)
                              .withIndexes(false)
                              .withSequences(false)
                              .withUdts(false)
                              .withWhereMethodOverrides(false)
                              .withRenameMethodOverrides(false)
                              .withGlobalRoutineReferences(false)
                              .withImplicitJoinPathsToOne(false)
                              .withImplicitJoinPathsToMany(false)
                              .withImplicitJoinPathsManyToMany(false)
                              .withGeneratedAnnotation(false))
                      .withTarget(
                          new Target()
                              .withPackageName("dev.keywheel.db.schema")
                              .withDirectory(target.toString())
                              .withClean(true))));
    }
  }

  private static Database database() {
    return new Database()
        .withName("org.jooq.meta.postgres.PostgresDatabase")
        .withInputSchema("public")
        .withExcludes("flyway_schema_history|gateway_(requests|attempts)_(default|d[0-9]+)")
        .withIncludeRoutines(false)
        .withOutputSchemaToDefault(true)
        .withForcedTypes(
            new ForcedType()
                .withName("INSTANT")
                .withIncludeTypes("(?i:timestamptz|timestamp\\ with\\ time\\ zone)"));
  }
}
