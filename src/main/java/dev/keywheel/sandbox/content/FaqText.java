package dev.keywheel.sandbox.content;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.keywheel.sandbox.base.ChatCall;
import dev.keywheel.sandbox.base.SandboxJson;
import java.util.stream.Stream;

/** Answers to the questions of a page, from the content banks. */
final class FaqText {

  private static final String UNKNOWN =
      "The sandbox has no answer to this question. It stands in for a language model and only knows the questions of its"
          + " own pages. Generate the page with a key of a real provider, or write the answer here yourself: its first"
          + " sentence should settle the question, and the rest may give a reason or an example.";

  private final ChatCall call;
  private final Topic topic;
  private final Template template;

  FaqText(ChatCall call) {
    this.call = call;
    this.topic = PromptParser.topic(call);
    this.template = new Template(topic);
  }

  ObjectNode answers() {
    var questions = PromptParser.questions(call.task().substring(call.system().length()));
    var again = call.messages().size() > 2 ? call.lastUser() : "";
    var named = questions.keySet().stream().filter(id -> mentions(again, id)).toList();
    var answers = SandboxJson.object();
    var items = answers.putArray("items");
    for (var id : named.isEmpty() ? questions.keySet() : named) {
      items.addObject().put("id", id).put("answer", answer(questions.getOrDefault(id, "")));
    }
    return answers;
  }

  private static boolean mentions(String text, String id) {
    return text.matches("(?s).*\\b" + id + "\\b.*");
  }

  /** Searches the page's bank first, then all others, because a title may have been edited. */
  private String answer(String question) {
    return Stream.concat(Stream.of(ContentBank.of(topic)), ContentBank.ALL.stream())
        .flatMap(bank -> bank.questions().stream())
        .filter(q -> template.fill(q.question()).equalsIgnoreCase(question))
        .findFirst()
        .map(q -> template.fill(q.answer()))
        .orElse(UNKNOWN);
  }
}
