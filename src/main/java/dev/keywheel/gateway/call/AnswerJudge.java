package dev.keywheel.gateway.call;

import dev.keywheel.key.state.ApiKey;
import dev.keywheel.provider.CallOutcome;

/** Learns what an answer says of its key. */
public interface AnswerJudge {
  void answered(ApiKey key, String model, CallOutcome outcome);
}
