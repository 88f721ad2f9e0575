# Two stages: build with Maven and a JDK, run on a JRE as an unprivileged user. The image needs a PostgreSQL database
# (DATABASE_URL) and the key-encryption key as a mounted secret (KEYWHEEL_KEK_FILE); see compose.yaml.

FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build
COPY pom.xml ./
COPY src/build src/build
COPY db db
COPY static static
COPY src src
RUN mvn -B -q -DskipTests -Dmaven.test.skip=true package

FROM eclipse-temurin:25-jre
RUN useradd --system --home-dir /app --shell /usr/sbin/nologin keywheel \
 && mkdir -p /app/data && chown -R keywheel /app
WORKDIR /app
COPY --from=build --chown=keywheel /build/target/lib lib
COPY --from=build --chown=keywheel /build/target/keywheel-0.1.0-SNAPSHOT.jar keywheel.jar
USER keywheel
# Creates the AOT cache by one start with the flags of the service. The JVM silently ignores a cache made with other flags or
# by another JRE.
RUN KEYWHEEL_DATA=/tmp/train PORT=0 java -XX:AOTCacheOutput=/app/keywheel.aot \
      -XX:+UseSerialGC -Xmx512m -XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED -Djava.awt.headless=true -Dkeywheel.stopWhenReady=true \
      -jar keywheel.jar \
 && rm -rf /tmp/train
ENV KEYWHEEL_HOST=0.0.0.0 PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$PORT && printf 'GET /healthz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["java", "-XX:AOTCache=/app/keywheel.aot", \
  "-XX:+UseSerialGC", "-Xmx512m", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true", \
  "-jar", "keywheel.jar"]
