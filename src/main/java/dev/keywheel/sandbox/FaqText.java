package dev.keywheel.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers to the questions of a page: the bank's where it knows the question, else general ones of
 * the same shape.
 */
final class FaqText {

  private static final List<String> GENERAL =
      List.of(
          "It depends on your situation, and mostly on what you start from. Look at what is already there, at the limits that "
              + "cannot be moved, and at the result you want to see. Those three usually leave only a few sensible answers. Try "
              + "the one that is easiest to undo, and judge it by what happens rather than by what was promised.",
          "Yes, in most cases, as long as it is done step by step. Begin with the smallest version that shows whether it works "
              + "for you. Write down what you expect beforehand, so that the result can be compared with something. If it does "
              + "not work, little is lost, and you know more than any general advice could have told you.",
          "Less than most people think, provided that the preparation is good. Waiting, asking and correcting take longer than "
              + "the work itself. Plan two short attempts instead of one long one, and leave a day between them. The second one "
              + "is nearly always better, because the first has shown which part deserves attention.",
          "The safest way is to compare two or three possibilities by the same few criteria. Rate each criterion separately, and "
              + "only then look at the sum. A single impressive feature decides far too often when everything is judged at once. "
              + "The tool on this page follows exactly this order and names the weakest point.");

  private final Bank bank;
  private final Slots slots;
  private final Hash hash;

  FaqText(Subject subject, long seed) {
    this.bank = Genre.of(subject).bank();
    this.slots = new Slots(subject);
    this.hash = Hash.of(seed, "faq", subject.phrase());
  }

  ObjectNode answers(ChatCall call) {
    var questions = Asked.questions(call.task().substring(call.system().length()));
    var again =
        call.messages().size() > 2 ? Asked.questions(call.lastUser()).keySet() : List.<String>of();
    var named =
        call.messages().size() > 2
            ? questions.keySet().stream().filter(id -> mentions(call.lastUser(), id)).toList()
            : List.<String>of();
    var wanted = named.isEmpty() ? again.isEmpty() ? questions.keySet() : again : named;
    var answer = Json.object();
    var items = answer.putArray("items");
    var used = new ArrayList<String>();
    for (var id : wanted) {
      var text = answerTo(questions.getOrDefault(id, ""), used);
      used.add(text);
      items.addObject().put("id", id).put("answer", text);
    }
    return answer;
  }

  private static boolean mentions(String text, String id) {
    return text.matches("(?s).*\\b" + id + "\\b.*");
  }

  private String answerTo(String question, List<String> used) {
    return bank.questions().stream()
        .filter(q -> slots.fill(q.question()).equalsIgnoreCase(question))
        .findFirst()
        .map(q -> slots.fill(q.answer()).replaceAll("\\s+", " "))
        .orElseGet(() -> general(used));
  }

  private String general(List<String> used) {
    var start = hash.below(GENERAL.size());
    for (var i = 0; i < GENERAL.size(); i++) {
      var answer = GENERAL.get((start + i) % GENERAL.size());
      if (!used.contains(answer)) {
        return answer;
      }
    }
    return GENERAL.get(start);
  }
}
