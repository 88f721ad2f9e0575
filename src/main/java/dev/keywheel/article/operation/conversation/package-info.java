/** Code that all operations share: prompts, calls, retries, budgets and the failure policy. */
@NullMarked
package dev.keywheel.article.operation.conversation;

import org.jspecify.annotations.NullMarked;
