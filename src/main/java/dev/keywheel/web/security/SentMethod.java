package dev.keywheel.web.security;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Hides the header by which Javalin would take a request for one of another method. */
public final class SentMethod implements Filter {
  private static final String OVERRIDE = "X-HTTP-Method-Override";

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain rest)
      throws IOException, ServletException {
    rest.doFilter(
        request instanceof HttpServletRequest http ? new WithoutOverride(http) : request, response);
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
