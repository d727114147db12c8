@echo off
rem Starts pollwire in the folder of this file and opens its page. Ctrl-C stops it.
pushd "%~dp0"
pollwire.exe -open %*
if errorlevel 1 pause
popd
