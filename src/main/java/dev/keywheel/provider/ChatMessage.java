package dev.keywheel.provider;

public record ChatMessage(MessageRole role, String text) {}
