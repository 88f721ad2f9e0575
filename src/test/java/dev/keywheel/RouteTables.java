package dev.keywheel;

/**
 * Every address with the role that it requires, for {@link RouteRolesTest}. The tables are not
 * constant expressions, because an incremental compilation would not update those in other classes.
 */
final class RouteTables {
  static final String ADMIN =
      """
      GET /keys/{id}/revelation
      GET /settings/people
      GET /settings/audit
      GET /settings/audit/proof
      GET /settings/audit/status
      GET /settings/record
      POST /gateway/aliases
      POST /gateway/aliases/{id}
      POST /gateway/aliases/{id}/deletion
      POST /gateway/aliases/{id}/disablement
      POST /gateway/aliases/{id}/enablement
      POST /gateway/tokens
      POST /gateway/tokens/{id}
      POST /gateway/tokens/{id}/revocation
      POST /gateway/tokens/{id}/rotation
      POST /keys/{id}/revelation
      POST /settings/audit/acceptance
      POST /settings/audit/check
      POST /settings/audit/csv
      POST /settings/audit/proof/check
      POST /settings/audit/proof/export
      POST /settings/models/{provider}
      POST /settings/people
      POST /settings/people/{id}/disablement
      POST /settings/people/{id}/enablement
      POST /settings/people/{id}/link
      POST /settings/people/invitations/withdrawal
      POST /settings/people/{id}/removal
      POST /settings/people/{id}/role
      POST /settings/people/{id}/second-factor-reset
      POST /settings/publishing
      POST /settings/rule
      POST /settings/gateway
      POST /settings/runs
      POST /settings/tests
      """
          .strip();

  static final String INSTANCE_ADMIN =
      """
      GET /settings/encryption
      GET /settings/encryption/data-key
      GET /settings/workspaces
      GET /settings/workspaces/{id}
      POST /settings/audit/proof/signing-key
      POST /settings/encryption/data-key/rotation
      POST /settings/encryption/retired/{id}/deletion
      POST /settings/encryption/rotation
      POST /settings/encryption/unsealing
      POST /settings/retention
      POST /settings/workspaces
      POST /settings/workspaces/accounts/{id}/appointment
      POST /settings/workspaces/accounts/{id}/disablement
      POST /settings/workspaces/accounts/{id}/dismissal
      POST /settings/workspaces/accounts/{id}/enablement
      POST /settings/workspaces/accounts/{id}/link
      POST /settings/workspaces/accounts/{id}/second-factor-reset
      POST /settings/workspaces/{id}/archival
      POST /settings/workspaces/{id}/name
      POST /settings/workspaces/{id}/restoration
      POST /settings/sign-in
      """
          .strip();

  /** Routes that require the password to have been entered within the last ten minutes. */
  static final String STEP_UP =
      """
      POST /gateway/tokens
      POST /gateway/tokens/{id}
      POST /gateway/tokens/{id}/rotation
      POST /settings/audit/acceptance
      POST /settings/audit/check
      POST /settings/audit/csv
      POST /settings/audit/proof/export
      POST /settings/audit/proof/signing-key
      POST /settings/encryption/data-key/rotation
      POST /settings/encryption/retired/{id}/deletion
      POST /settings/encryption/rotation
      POST /settings/encryption/unsealing
      POST /settings/people
      POST /settings/people/{id}/disablement
      POST /settings/people/{id}/enablement
      POST /settings/people/{id}/link
      POST /settings/people/invitations/withdrawal
      POST /settings/people/{id}/removal
      POST /settings/people/{id}/role
      POST /settings/people/{id}/second-factor-reset
      POST /settings/retention
      POST /settings/workspaces
      POST /settings/workspaces/accounts/{id}/appointment
      POST /settings/workspaces/accounts/{id}/disablement
      POST /settings/workspaces/accounts/{id}/dismissal
      POST /settings/workspaces/accounts/{id}/enablement
      POST /settings/workspaces/accounts/{id}/link
      POST /settings/workspaces/accounts/{id}/second-factor-reset
      POST /settings/workspaces/{id}/archival
      POST /settings/workspaces/{id}/name
      POST /settings/workspaces/{id}/restoration
      POST /settings/sign-in
      GET /settings/second-factor/app
      POST /settings/second-factor/app
      POST /settings/second-factor/app/confirmation
      POST /settings/second-factor/app/removal
      POST /settings/second-factor/codes
      POST /settings/second-factor/passkeys
      POST /settings/second-factor/passkeys/{id}/removal
      """
          .strip();

  static final String OPERATOR =
      """
      GET /articles/new
      GET /articles/{id}/again
      GET /articles/{id}/details
      GET /articles/{id}/parts/{part}/blocks/{block}
      GET /keys/imports/{id}
      GET /keys/imports/{id}/report.csv
      GET /keys/new
      GET /keys/replacements
      GET /keys/replacements/{id}/progress
      GET /keys/{id}/deep-test
      GET /keys/{id}/deep-tests
      POST /gateway/models/trials
      POST /gateway/requests/{id}/cancellation
      POST /articles
      POST /articles/{id}/address
      POST /articles/trash/restoration
      POST /articles/{id}/checks
      POST /articles/{id}/details
      POST /articles/{id}/details/preview
      POST /articles/{id}/details/undo
      POST /articles/{id}/picture
      POST /articles/{id}/deletion
      POST /articles/{id}/deletion/undo
      POST /articles/{id}/parts/{part}/blocks/{block}
      POST /articles/{id}/parts/{part}/blocks/{block}/preview
      POST /articles/{id}/parts/{part}/blocks/{block}/undo
      POST /articles/{id}/parts/{part}/lock
      POST /articles/{id}/parts/{part}/regenerations
      POST /articles/{id}/parts/{part}/restorations
      POST /articles/{id}/parts/{part}/versions
      POST /articles/{id}/review
      POST /articles/{id}/runs
      POST /keys/account
      POST /keys/changes/{id}/undo
      POST /keys/deletion
      POST /keys/deletions/{id}/undo
      POST /keys/disablement
      POST /keys/enablement
      POST /keys/imports
      POST /keys/imports/{id}/confirmation
      POST /keys/replacements
      POST /keys/replacements/{id}/cancellation
      POST /keys/replacements/{id}/confirmation
      POST /keys/samples
      POST /keys/selection
      POST /keys/tagging
      POST /keys/tests
      POST /keys/tests/all
      POST /keys/trash/restoration
      POST /keys/untagging
      POST /keys/{id}/account
      POST /keys/{id}/deep-tests
      POST /keys/{id}/deletion
      POST /keys/{id}/disablement
      POST /keys/{id}/enablement
      POST /keys/{id}/exclusions/removal
      POST /keys/{id}/name
      POST /keys/{id}/secret
      POST /keys/{id}/tests
      POST /keys/batches/{id}/cancellation
      POST /recovery
      POST /recovery/{id}/cancellation
      POST /runs/{id}/cancellation
      POST /runs/{id}/retries
      """
          .strip();

  static final String VIEWER =
      """
      GET /gateway
      GET /gateway/keys/{id}
      GET /gateway/keys/{id}/newest
      GET /gateway/models
      GET /gateway/requests
      GET /gateway/requests/live
      GET /gateway/requests/{id}
      GET /gateway/requests/{id}/live
      GET /gateway/tokens
      GET /gateway/tokens/{id}
      GET /
      GET /articles
      GET /articles/trash
      GET /articles/{id}
      GET /keys/batches/{id}
      GET /articles/{id}/downloads/{format}
      GET /articles/{id}/live
      GET /articles/{id}/parts/{part}
      GET /articles/{id}/picture.png
      GET /confirm
      GET /dashboard/live
      GET /find
      GET /find/results
      GET /keys
      GET /keys/list.csv
      GET /keys/progress
      GET /keys/rows
      GET /keys/table
      GET /keys/trash
      GET /keys/trash/live
      GET /keys/views
      GET /keys/{id}
      GET /keys/{id}/live
      GET /log
      GET /log.txt
      GET /log/earlier
      GET /log/lines
      GET /log/streams/{id}/earlier
      GET /log/streams/{id}/lines
      GET /usage
      GET /usage/csv
      GET /recovery
      GET /recovery/live
      GET /recovery/{id}
      GET /recovery/{id}/live
      GET /runs
      GET /runs/{id}
      GET /runs/{id}/attempts/{attempt}/reply
      GET /runs/{id}/log.txt
      GET /runs/{id}/progress
      GET /session
      GET /settings
      GET /settings/account
      GET /settings/second-factor
      GET /settings/second-factor/app
      GET /t/{part}/{sha256}
      POST /confirm
      POST /confirm/passkey-requests
      POST /invitation/acceptance
      POST /keys/views
      POST /keys/views/{id}/deletion
      POST /keys/views/{id}/name
      POST /logout
      POST /workspace
      POST /settings/account/password
      POST /settings/account/sessions/{id}/end
      POST /settings/account/zone
      POST /settings/second-factor/app
      POST /settings/second-factor/app/confirmation
      POST /settings/second-factor/app/removal
      POST /settings/second-factor/codes
      POST /settings/second-factor/passkey-requests
      POST /settings/second-factor/passkeys
      POST /settings/second-factor/passkeys/{id}/removal
      """
          .strip();

  static final String ANYONE =
      """
      GET /healthz
      GET /help
      GET /invitation
      GET /login
      GET /login/again
      GET /password
      GET /readyz
      GET /setup
      GET /static/{hash}/<name>
      POST /csp
      POST /invitation
      POST /login
      POST /login/passkey
      POST /login/passkey-requests
      POST /login/second-step
      POST /login/second-step/passkey-requests
      POST /password
      POST /setup
      POST /theme
      """
          .strip();

  private RouteTables() {}
}
