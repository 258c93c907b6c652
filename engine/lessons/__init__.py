"""Lessons: what somebody is told step by step while using the application, and how it is noticed that it was done."""
