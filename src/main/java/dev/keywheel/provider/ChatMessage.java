package dev.keywheel.provider;

public record ChatMessage(Author author, String text) {}
