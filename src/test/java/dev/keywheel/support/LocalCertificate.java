package dev.keywheel.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate for {@code localhost}, created when needed. */
public final class LocalCertificate {
  private static final String PASSWORD = "changeit";

  private LocalCertificate() {}

  /**
   * Creates a certificate in the folder; returns the key store file, which also contains the
   * private key.
   */
  public static Path in(Path folder) throws IOException, InterruptedException {
    Path file = folder.resolve("localhost.p12");
    String options =
        "-genkeypair -alias a -keyalg EC -groupname secp256r1 -dname CN=localhost"
            + " -ext san=dns:localhost -validity 10 -storetype PKCS12 -storepass "
            + PASSWORD
            + " -keystore "
            + file;
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(options.split(" ")));
    if (new ProcessBuilder(command).start().waitFor() != 0) {
      throw new IllegalStateException("keytool created no certificate");
    }
    return file;
  }

  /** Writes the certificate and its private key as PEM, for other servers. */
  public static void writePem(Path file, Path certificate, Path privateKey)
      throws IOException, GeneralSecurityException {
    KeyStore store = load(file);
    write(certificate, "CERTIFICATE", store.getCertificate("a").getEncoded());
    write(privateKey, "PRIVATE KEY", store.getKey("a", PASSWORD.toCharArray()).getEncoded());
  }

  private static void write(Path file, String kind, byte[] der) throws IOException {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, lines, kind));
  }

  private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  /**
   * A context that presents this certificate as a server, and trusts only this certificate as a
   * client.
   */
  public static SSLContext trusting(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = load(file);
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD.toCharArray());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("a", store.getCertificate("a"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return tls;
  }
}
