/** What every operation shares: prompts, calls, retries, budgets, failure policy. */
@NullMarked
package dev.keywheel.article.operation.conversation;

import org.jspecify.annotations.NullMarked;
