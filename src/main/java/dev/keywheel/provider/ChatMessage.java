package dev.keywheel.provider;

public record ChatMessage(MessageRole author, String text) {}
