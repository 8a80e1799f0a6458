#!/bin/sh
# Answers every request on port 8080 with the greeting.
while true; do
  { printf 'HTTP/1.0 200 OK\r\n\r\n'; cat /app/greeting.txt; } | nc -l -p 8080
done
