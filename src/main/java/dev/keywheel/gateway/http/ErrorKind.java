package dev.keywheel.gateway.http;

/** The gateway's own errors: status, type and code for OpenAI's API, and type for Anthropic's. */
public enum ErrorKind {
  INVALID_TOKEN(401, "invalid_request_error", "invalid_api_key", "authentication_error"),
  NOT_ALLOWED(403, "invalid_request_error", "not_allowed", "permission_error"),
  MODEL_NOT_FOUND(404, "invalid_request_error", "model_not_found", "not_found_error"),
  NOT_FOUND(404, "invalid_request_error", "not_found", "not_found_error"),
  METHOD_NOT_ALLOWED(405, "invalid_request_error", "method_not_allowed", "invalid_request_error"),
  INVALID_BODY(400, "invalid_request_error", "invalid_body", "invalid_request_error"),
  MALFORMED(400, "invalid_request_error", "malformed_request", "invalid_request_error"),
  RESPONSE_NOT_FOUND(
      400, "invalid_request_error", "previous_response_not_found", "invalid_request_error"),
  UNSUPPORTED_ROUTE(400, "invalid_request_error", "unsupported_route", "invalid_request_error"),
  REQUEST_RUNNING(409, "invalid_request_error", "idempotency_in_progress", "invalid_request_error"),
  REQUEST_REPEATED(409, "invalid_request_error", "idempotency_key_used", "invalid_request_error"),
  REQUEST_REFUSED(400, "invalid_request_error", "request_refused", "invalid_request_error"),
  UPLOAD_TOO_SLOW(408, "invalid_request_error", "upload_too_slow", "invalid_request_error"),
  TOO_LARGE(413, "invalid_request_error", "request_too_large", "request_too_large"),
  ADDRESS_TOO_LONG(414, "invalid_request_error", "uri_too_long", "invalid_request_error"),
  UNSUPPORTED_MEDIA_TYPE(
      415, "invalid_request_error", "unsupported_media_type", "invalid_request_error"),
  WRONG_HOST(421, "invalid_request_error", "wrong_host", "invalid_request_error"),
  WEBSOCKET_NOT_SUPPORTED(
      426, "invalid_request_error", "websocket_not_supported", "invalid_request_error"),
  HEADERS_TOO_LARGE(431, "invalid_request_error", "headers_too_large", "request_too_large"),
  RATE_LIMITED(429, "requests", "rate_limit_exceeded", "rate_limit_error"),
  POOL_LIMITED(429, "server_error", "pool_limited", "rate_limit_error"),
  UNSUPPORTED_TRANSFER_ENCODING(
      501, "invalid_request_error", "unsupported_transfer_encoding", "invalid_request_error"),
  INTERNAL(500, "server_error", "internal_error", "api_error"),
  UPSTREAM_ERROR(502, "server_error", "upstream_error", "api_error"),
  NO_KEY(503, "server_error", "no_key_available", "overloaded_error"),
  OVERLOADED(503, "server_error", "overloaded", "overloaded_error"),
  UNAVAILABLE(503, "server_error", "service_unavailable", "overloaded_error"),
  ABORTED(503, "server_error", "aborted", "api_error"),
  UPSTREAM_TIMEOUT(504, "server_error", "upstream_timeout", "api_error");

  private final int status;
  private final String type;
  private final String code;
  private final String anthropicType;

  ErrorKind(int status, String type, String code, String anthropicType) {
    this.status = status;
    this.type = type;
    this.code = code;
    this.anthropicType = anthropicType;
  }

  public int status() {
    return status;
  }

  String type() {
    return type;
  }

  public String code() {
    return code;
  }

  String anthropicType() {
    return anthropicType;
  }
}
