package dev.keywheel.sandbox;

import java.util.Arrays;
import java.util.List;

/**
 * What kind of page a topic gets: its tool and the file with its text. The first one with a word of
 * the topic wins.
 */
enum Genre {
  PASSWORD(
      new PasswordTool(),
      "password",
      "password",
      "passwords",
      "passphrase",
      "passphrases",
      "login",
      "logins"),
  CONVERT(
      new ConvertTool(),
      "convert",
      "convert",
      "converting",
      "conversion",
      "conversions",
      "converter",
      "unit",
      "units",
      "metric",
      "imperial",
      "cm",
      "inch",
      "inches",
      "celsius",
      "fahrenheit",
      "kilograms",
      "pounds"),
  TIP(
      new TipTool(),
      "percent",
      "tip",
      "tipping",
      "gratuity",
      "splitting the bill",
      "split the bill"),
  MARGIN(
      new MarginTool(),
      "percent",
      "margin",
      "margins",
      "markup",
      "pricing",
      "selling price",
      "profit"),
  DATES(
      new DatesTool(),
      "dates",
      "date",
      "dates",
      "days",
      "deadline",
      "deadlines",
      "countdown",
      "age",
      "anniversary",
      "pregnancy",
      "due date",
      "calendar",
      "workdays",
      "notice period"),
  LOAN(
      new LoanTool(),
      "loan",
      "loan",
      "mortgage",
      "mortgages",
      "loans",
      "debt",
      "debts",
      "borrowing",
      "repayment",
      "refinancing",
      "refinance",
      "car finance",
      "credit",
      "lender",
      "amortization",
      "amortisation"),
  SAVINGS(
      new SavingsTool(),
      "savings",
      "savings",
      "saving",
      "compound",
      "interest",
      "investing",
      "investment",
      "investments",
      "invest",
      "retirement",
      "pension",
      "emergency fund",
      "wealth",
      "index funds"),
  DISCOUNT(
      new DiscountTool(),
      "percent",
      "percent",
      "percentage",
      "percentages",
      "%",
      "discount",
      "discounts",
      "vat",
      "tax",
      "taxes",
      "coupon",
      "coupons",
      "black friday"),
  TEXT(
      new TextTool(),
      "text",
      "writing",
      "readability",
      "essay",
      "essays",
      "word count",
      "words",
      "text",
      "texts",
      "copywriting",
      "proofreading",
      "editing",
      "speech",
      "speeches",
      "characters",
      "sentences"),
  SCORE(new ScorerTool(), "score");

  private final ToolFamily tool;
  private final String file;
  private final List<String> words;

  Genre(ToolFamily tool, String file, String... words) {
    this.tool = tool;
    this.file = file;
    this.words = List.of(words);
  }

  static Genre of(Subject subject) {
    return Arrays.stream(values()).filter(g -> subject.mentions(g.words)).findFirst().orElse(SCORE);
  }

  ToolFamily tool() {
    return tool;
  }

  Bank bank() {
    return Bank.named(file);
  }
}
