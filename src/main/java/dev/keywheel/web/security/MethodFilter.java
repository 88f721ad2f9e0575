package dev.keywheel.web.security;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Hides the header {@code X-HTTP-Method-Override}, which would make Javalin handle a request as one
 * with another method. Refuses unknown methods, because Javalin keeps every method name that it has
 * seen, and some names denote its own handlers.
 */
public final class MethodFilter implements Filter {
  private static final String OVERRIDE = "X-HTTP-Method-Override";
  private static final Set<String> KNOWN =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");

  private final PlainRefusal refusal;

  public MethodFilter(PlainRefusal refusal) {
    this.refusal = refusal;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain rest)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest sent && response instanceof HttpServletResponse out) {
      if (KNOWN.contains(sent.getMethod())) {
        rest.doFilter(new WithoutOverride(sent), out);
      } else {
        out.setHeader("Allow", "GET, HEAD, POST");
        refusal.write(out, 405, "This server accepts GET, HEAD and POST.\n");
      }
    }
  }

  private static final class WithoutOverride extends HttpServletRequestWrapper {
    WithoutOverride(HttpServletRequest request) {
      super(request);
    }

    @Override
    public @Nullable String getHeader(String name) {
      return OVERRIDE.equalsIgnoreCase(name) ? null : super.getHeader(name);
    }
  }
}
