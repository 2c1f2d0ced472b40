export { default } from "virtual:emoji-en";
