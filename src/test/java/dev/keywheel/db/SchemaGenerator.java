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
                              .withPojos(false)
                              .withComments(false)
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
