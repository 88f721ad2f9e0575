# Three stages: Maven builds, a JRE makes the AOT cache, and the image contains libraries and a JRE, but no shell or package manager.
# The image needs a PostgreSQL database (DATABASE_URL), the key-encryption key as a mounted secret (KEYWHEEL_KEK_FILE) and the
# address of browsers (KEYWHEEL_URL); see compose.yaml. It writes to /tmp and to the file KEYWHEEL_AUDIT_ANCHOR, and nowhere else.
#
# Tags name versions, except that of the last base. For a reproducible build append the current digests to all three
# (docker buildx imagetools inspect gcr.io/distroless/java-base-debian13:nonroot).

FROM maven:3.9.11-eclipse-temurin-25-noble AS build
WORKDIR /build
COPY pom.xml ./
COPY src/build src/build
COPY db db
COPY static static
COPY src src
RUN mvn -B -q -Psbom -DskipTests -Dmaven.test.skip=true package

FROM eclipse-temurin:25.0.3_9-jre-noble AS cache
RUN useradd --system --home-dir /app --shell /usr/sbin/nologin keywheel && mkdir /app && chown keywheel /app
WORKDIR /app
COPY --from=build /build/target/lib lib
COPY --from=build /build/target/keywheel-0.1.0-SNAPSHOT.jar keywheel.jar
USER keywheel
# Creates the AOT cache by one start and the first pages, with the flags of the service. The JVM silently ignores a cache made with
# other flags, by another JRE or from other files. The administrator exists only in the database of the training run.
RUN KEYWHEEL_DATA=/tmp/train PORT=0 KEYWHEEL_ADMIN_EMAIL=training@example.org KEYWHEEL_ADMIN_PASSWORD="$(head -c 24 /dev/urandom | base64)" java -XX:AOTCacheOutput=/app/keywheel.aot \
      -XX:+UseSerialGC -Xmx512m -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED -Djava.awt.headless=true -Dkeywheel.trainingRun=true \
      -jar keywheel.jar \
 && rm -rf /tmp/train

FROM gcr.io/distroless/java-base-debian13:nonroot
COPY --from=cache /opt/java/openjdk /opt/java/openjdk
COPY --from=cache --chown=root:root /app /app
COPY --from=build /build/target/sbom.json /app/sbom.json
COPY LICENSE /app/LICENSE
COPY THIRD-PARTY.md /app/THIRD-PARTY.md
WORKDIR /app
USER 65532:65532
ENV KEYWHEEL_HOST=0.0.0.0 PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["/opt/java/openjdk/bin/java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx16m", "-cp", "keywheel.jar", "dev.keywheel.HealthProbe"]
ENTRYPOINT ["/opt/java/openjdk/bin/java", "-XX:AOTCache=/app/keywheel.aot", \
  "-XX:+UseSerialGC", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true", \
  "-jar", "keywheel.jar"]
